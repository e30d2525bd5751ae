import { describe, expect, it } from 'vitest';
import type { ErrorBody } from '../src/protocol/frames';
import { found, pieces } from '../src/state/sensitive';

const error = (code: string, args: Record<string, unknown>): ErrorBody => ({
  code,
  args,
  message: code,
  retryable: false,
});
const span = (kind: string, start: number, end: number, more = {}) => ({
  kind,
  start,
  end,
  startUtf16: start,
  endUtf16: end,
  ...more,
});

describe('found', () => {
  it('is nothing for another refusal', () => {
    expect(found(null)).toBeNull();
    expect(found(error('budget_exhausted', { spans: [span('phone', 0, 3)] }))).toBeNull();
  });

  it('tells the prompt from earlier messages, and what may be confirmed', () => {
    const args = {
      kinds: ['phone', 'email'],
      spans: [span('email', 9, 15), span('phone', 0, 4), span('phone', 2, 5, { messageId: 'm1' })],
    };
    expect(found(error('sensitive_unconfirmed', args))).toEqual({
      confirmable: true,
      kinds: ['phone', 'email'],
      spans: [
        { kind: 'phone', start: 0, end: 4 },
        { kind: 'email', start: 9, end: 15 },
      ],
      files: new Map(),
      earlier: 1,
    });
    expect(found(error('sensitive_refused', args))?.confirmable).toBe(false);
  });

  it('tells what is in a file of the prompt from what is in its text', () => {
    const spans = [
      span('phone', 8, 12, { file: 1 }),
      span('phone', 0, 4, { file: 1 }),
      span('email', 1, 3),
      span('phone', 0, 5, { file: 0, fileName: true }),
      span('phone', 2, 5, { messageId: 'm1', file: 2 }),
    ];
    const finding = found(error('sensitive_refused', { kinds: ['phone'], spans }));
    expect(finding).toMatchObject({ spans: [{ kind: 'email', start: 1, end: 3 }], earlier: 1 });
    const inFile = [
      { kind: 'phone', start: 0, end: 4 },
      { kind: 'phone', start: 8, end: 12 },
    ];
    expect(finding?.files).toEqual(
      new Map([
        [1, inFile],
        [0, []],
      ]),
    );
  });

  it('bears what it does not understand', () => {
    const odd = found(error('sensitive_refused', { kinds: [1, 'later'], spans: [null, 'x', {}] }));
    expect(odd).toEqual({
      confirmable: false,
      kinds: ['later'],
      spans: [],
      files: new Map(),
      earlier: 0,
    });
    expect(found(error('sensitive_refused', {}))?.spans).toEqual([]);
  });
});

describe('pieces', () => {
  it('cuts a text at the spans, in UTF-16 units', () => {
    const text = '👋 138 ok';
    expect(pieces(text, [{ kind: 'phone', start: 3, end: 6 }])).toEqual([
      { text: '👋 ', kind: null },
      { text: '138', kind: 'phone' },
      { text: ' ok', kind: null },
    ]);
  });

  it('keeps the whole text, whatever the spans are', () => {
    const text = 'abcdef';
    const spans = [
      { kind: 'a', start: 0, end: 3 },
      { kind: 'b', start: 2, end: 5 },
      { kind: 'c', start: 5, end: 99 },
      { kind: 'd', start: 5, end: 5 },
    ];
    expect(
      pieces(text, spans)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
    expect(pieces(text, [])).toEqual([{ text, kind: null }]);
    expect(pieces('', [])).toEqual([]);
  });
});
