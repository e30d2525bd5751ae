import { describe, expect, it } from 'vitest';
import { textFile } from '../src/protocol/attachments';
import { excess, MOST_BYTES, MOST_CODE_POINTS, weight } from '../src/protocol/limits';

describe('the length of a prompt', () => {
  it('is counted in code points', () => {
    expect(excess('a'.repeat(MOST_CODE_POINTS))).toBe(0);
    expect(excess('a'.repeat(MOST_CODE_POINTS + 5))).toBe(5);
  });

  it('is bounded by the bytes of its frame, too: Chinese takes three each', () => {
    expect(excess('你'.repeat(85_000))).toBe(0);
    expect(excess('你'.repeat(90_000))).toBeGreaterThan(3_000);
    expect(excess('\n'.repeat(90_000))).toBe(0);
    expect(excess('"'.repeat(99_000))).toBe(0);
  });

  it('counts the texts of its files, all together', () => {
    const files = weight([textFile('a', 'x'.repeat(40_000)), textFile('b', '👋'.repeat(10_000))]);
    expect(excess('a'.repeat(50_000), files)).toBe(0);
    expect(excess('a'.repeat(50_007), files)).toBe(7);
    expect(excess('', weight([textFile('a', 'x'.repeat(MOST_CODE_POINTS + 3))]))).toBe(3);
  });

  it('counts what its files take of the frame, with their names', () => {
    const name = '长'.repeat(200);
    const files = weight(Array.from({ length: 10 }, () => textFile(name, '\u0001')));
    expect(files.bytes).toBeGreaterThan(10 * (600 + 6));
    const most = Math.floor((MOST_BYTES - files.bytes - 2) / 3);
    expect(excess('你'.repeat(most), files)).toBe(0);
    expect(excess('你'.repeat(most + 1), files)).toBe(1);
    expect(excess('', weight([textFile('a', '你'.repeat(90_000))]))).toBeGreaterThan(3_000);
  });

  it('never holds a file of the store for longer than it is', () => {
    const kept = { id: 'f', name: 'a.csv', bytes: 4 * 60_000 };
    expect(excess('a'.repeat(40_000), weight([kept]))).toBe(0);
    expect(excess('a'.repeat(40_001), weight([kept]))).toBe(1);
    expect(weight([kept]).bytes).toBeLessThan(100);
  });
});
