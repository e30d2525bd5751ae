import { describe, expect, it } from 'vitest';
import { bringsFiles, dropped, pasted } from '../src/state/fileIntake';

const file = (name: string, type = '') => new File(['x'], name, { type });
const clipboard = (types: string[], ...files: File[]) =>
  ({ types, files }) as unknown as DataTransfer;

describe('what is dropped', () => {
  it('is looked at only if it brings files', () => {
    expect(bringsFiles(clipboard(['Files']))).toBe(true);
    expect(bringsFiles(clipboard(['text/plain', 'text/html']))).toBe(false);
    expect(bringsFiles(null)).toBe(false);
  });

  it('is told apart into files and folders', () => {
    const item = (name: string, isDirectory: boolean) => ({
      kind: 'file',
      getAsFile: () => file(name),
      webkitGetAsEntry: () => ({ isDirectory }),
    });
    const words = { kind: 'string', getAsFile: () => null };
    const items = [item('a.txt', false), words, item('folder', true), item('b.txt', false)];
    const intake = dropped({ items } as unknown as DataTransfer);
    expect(intake.files.map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
    expect(intake.folders).toEqual(['folder']);
  });
});

describe('what is pasted', () => {
  const names = (data: DataTransfer) => pasted(data).map(({ name }) => name);

  it('is files, also where their names come along as words', () => {
    expect(names(clipboard(['Files'], file('a.csv')))).toEqual(['a.csv']);
    expect(names(clipboard(['text/plain', 'Files'], file('a.csv')))).toEqual(['a.csv']);
  });

  it('is words where a picture of them comes along, and a picture where it comes alone', () => {
    const picture = file('image.png', 'image/png');
    expect(names(clipboard(['text/plain', 'text/html', 'Files'], picture))).toEqual([]);
    expect(names(clipboard(['Files'], picture))).toEqual(['image.png']);
    expect(names(clipboard(['text/plain']))).toEqual([]);
  });
});
