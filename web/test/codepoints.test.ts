import { describe, expect, it } from 'vitest';
import { codePoints, firstCodePoints } from '../src/protocol/codepoints';

describe('code points', () => {
  it('counts an emoji and a Chinese character as one each', () => {
    expect(codePoints('你好 👋')).toBe(4);
    expect(codePoints('')).toBe(0);
    expect(codePoints('👩‍🚀')).toBe(3);
  });

  it('counts a lone surrogate as one, as the hub does', () => {
    expect(codePoints('\ud83d')).toBe(1);
    expect(codePoints('a\ud83d')).toBe(2);
  });

  it('cuts between characters, never inside one', () => {
    expect(firstCodePoints('a👋b', 2)).toBe('a👋');
    expect(firstCodePoints('a👋b', 1)).toBe('a');
    expect(firstCodePoints('a👋b', 0)).toBe('');
    expect(firstCodePoints('a👋b', 9)).toBe('a👋b');
  });
});
