import { describe, expect, it } from 'vitest';
import {
  cleanName,
  cutName,
  distinctName,
  MOST_NAME,
  nameParts,
  sentFile,
  textFile,
} from '../src/protocol/attachments';
import { codePoints } from '../src/protocol/codepoints';

describe('an attached file', () => {
  it('tells its size in bytes of UTF-8', () => {
    expect(textFile('a.txt', '你好 👋')).toEqual({ name: 'a.txt', bytes: 11, text: '你好 👋' });
  });

  it('is sent with its text when it is new, and by its id when the hub has it', () => {
    expect(sentFile(textFile('a.txt', 'hi'))).toEqual({ name: 'a.txt', text: 'hi' });
    expect(sentFile({ id: 'f1', name: 'a.txt', bytes: 2 })).toEqual({ id: 'f1' });
  });
});

describe('the name of a file', () => {
  it('loses what the hub does not take', () => {
    expect(cleanName('../etc\\pass\u0007wd\n')).toBe('.._etc_pass_wd_');
    expect(cleanName('re\u0301sume\u0301.txt')).toBe('résumé.txt');
    expect(cleanName('half \ud83d.txt')).toBe('half _.txt');
    expect(cleanName(' ')).toBe('file.txt');
    expect(cleanName('报告 2026.csv')).toBe('报告 2026.csv');
  });

  it('is cut in the middle, so that its ending tells what it is', () => {
    const long = `${'长👋'.repeat(200)}-final.csv`;
    const cut = cleanName(long);
    expect(codePoints(cut)).toBe(MOST_NAME);
    expect(cut.endsWith('-final.csv')).toBe(true);
    expect(cut).toContain('…');
    expect(cut).not.toMatch(/\p{Cs}/u);
    expect(cutName('short.csv', 20)).toBe('short.csv');
  });

  it('falls into a beginning that may be hidden and an end that may not', () => {
    const [beginning, end] = nameParts('quarterly figures of the whole company 👋.xlsx.csv');
    expect(end).toBe('y 👋.xlsx.csv');
    expect(beginning + end).toBe('quarterly figures of the whole company 👋.xlsx.csv');
    expect(nameParts('a.csv')).toEqual(['', 'a.csv']);
  });

  it('gets a number when another file has it', () => {
    const taken = [textFile('a.csv', '1'), textFile('a (2).csv', '2'), textFile('Makefile', '3')];
    expect(distinctName('a.csv', taken)).toBe('a (3).csv');
    expect(distinctName('Makefile', taken)).toBe('Makefile (2)');
    expect(distinctName('b.csv', taken)).toBe('b.csv');
    const longest = textFile(`${'x'.repeat(MOST_NAME - 4)}.csv`, '');
    expect(codePoints(distinctName(longest.name, [longest]))).toBe(MOST_NAME);
  });
});
