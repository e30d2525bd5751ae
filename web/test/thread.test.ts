import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../src/net/api';
import { newAnswer } from '../src/protocol/reduce';
import { fromStored, merge, visiblePath, type Message } from '../src/state/thread';

const stored = (
  id: string,
  parentId: string | null,
  more: Partial<StoredMessage> = {},
): StoredMessage => ({
  id,
  parentId,
  role: id.startsWith('u') ? 'user' : 'assistant',
  text: `text of ${id}`,
  createdAt: '2026-11-23T20:00:00Z',
  status: 'complete',
  ...more,
});
const ids = (path: { message: Message }[]) => path.map(({ message }) => message.id);

describe('visiblePath', () => {
  const tree = [
    stored('u1', null),
    stored('a1', 'u1'),
    stored('a2', 'u1'),
    stored('u2', 'a1'),
    stored('a3', 'u2'),
  ].map(fromStored);

  it('shows the newest version at each fork', () => {
    expect(ids(visiblePath(tree, new Map()))).toEqual(['u1', 'a2']);
  });

  it('shows the chosen version and what follows it', () => {
    const path = visiblePath(tree, new Map([['u1', 'a1']]));
    expect(ids(path)).toEqual(['u1', 'a1', 'u2', 'a3']);
    expect(path[1]).toMatchObject({ versions: ['a1', 'a2'], version: 0 });
  });

  it('falls back to the newest when the chosen version is gone', () => {
    expect(ids(visiblePath(tree, new Map([['u1', 'gone']])))).toEqual(['u1', 'a2']);
  });

  it('ends even if messages were each other’s parent', () => {
    const circle = [stored('u1', 'a1'), stored('a1', 'u1')].map(fromStored);
    expect(visiblePath(circle, new Map())).toEqual([]);
  });
});

describe('fromStored', () => {
  it('tells how an answer ended', () => {
    const ending = (more: Partial<StoredMessage>) => fromStored(stored('a1', 'u1', more)).answer;
    expect(ending({ status: 'complete' })).toMatchObject({ phase: 'ended', ending: 'done' });
    expect(ending({ status: 'stopped' })).toMatchObject({ ending: 'stopped' });
    expect(ending({ status: 'interrupted' })).toMatchObject({ ending: 'interrupted' });
    const generation = { id: 'g', epoch: 3, position: 4, reason: 'length' as const };
    expect(ending({ generation })).toMatchObject({ ending: 'length', epoch: 3 });
    expect(ending({ status: 'running', generation, text: '👋' })).toMatchObject({
      generationId: 'g',
      phase: 'running',
      length: 1,
    });
    expect(ending({ status: 'pending', generation })).toMatchObject({ phase: 'pending' });
  });
});

describe('merge', () => {
  const generation = { id: 'g', epoch: 1, position: 2 };
  const running = stored('a1', 'u1', { status: 'running', text: 'ab', generation });
  const question = stored('u1', null);
  const held = (text: string): Message[] => [
    fromStored(question),
    {
      ...fromStored(running),
      key: 'made-here',
      answer: { ...newAnswer('g', 1, text), phase: 'running' },
    },
  ];

  it('keeps text that is ahead of the store, and the key that is on screen', () => {
    const merged = merge(held('abcd'), [question, running]);
    expect(merged[1]).toMatchObject({ key: 'made-here', answer: { text: 'abcd' } });
  });

  it('takes the store’s text when that is ahead, and always when the answer has ended', () => {
    expect(merge(held('a'), [question, running])[1]?.answer?.text).toBe('ab');
    const ended = { ...running, status: 'complete' as const, text: 'abc' };
    expect(merge(held('abcd'), [question, ended])[1]?.answer).toMatchObject({
      text: 'abc',
      phase: 'ended',
    });
  });

  it('keeps what is not stored yet and drops what is stored no more', () => {
    const unsent: Message = {
      ...fromStored(stored('u9', 'a1')),
      sending: { clientId: 'u9', status: 'sending', error: null },
    };
    const gone = fromStored(stored('a7', 'u1'));
    expect(merge([unsent, gone], [question]).map((message) => message.id)).toEqual(['u1', 'u9']);
  });
});
