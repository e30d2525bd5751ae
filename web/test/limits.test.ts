import { describe, expect, it } from 'vitest';
import { excess, MOST_CODE_POINTS } from '../src/protocol/limits';

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
});
