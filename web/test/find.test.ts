import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api, ApiError, type SearchHit } from '../src/net/api';
import { Find } from '../src/state/find.svelte';

const hit = (conversationId: string): SearchHit => ({
  conversationId,
  title: 'T',
  messageId: 'm',
  role: 'user',
  at: '2026-11-26T10:00:00Z',
  excerpt: 'a needle',
  start: 2,
  length: 6,
});

describe('search in one’s own chats', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks once for what was typed last and goes on over empty rounds', async () => {
    const asked: string[] = [];
    const api = new Api();
    api.search = (text, before) => {
      asked.push(`${text} from ${before}`);
      return Promise.resolve(
        before === null ? { hits: [], next: 'c1' } : { hits: [hit('a')], next: 'c2' },
      );
    };
    const find = new Find(api);
    find.type('nee');
    find.type('needle ');
    expect(find.busy).toBe(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual(['needle from null', 'needle from c1']);
    expect(find.hits.map((h) => h.conversationId)).toEqual(['a']);
    expect(find.next).toBe('c2');
    expect(find.busy).toBe(false);
    await find.more();
    expect(find.hits).toHaveLength(2);
  });

  it('drops the answer to what is not looked for any more', async () => {
    let answer: (found: { hits: SearchHit[]; next: null }) => void = () => {};
    const api = new Api();
    api.search = () => new Promise((resolve) => (answer = resolve));
    const find = new Find(api);
    find.type('needle');
    await vi.advanceTimersByTimeAsync(300);
    find.clear();
    answer({ hits: [hit('a')], next: null });
    await vi.advanceTimersByTimeAsync(0);
    expect(find.hits).toEqual([]);
    expect(find.active).toBe(false);
  });

  it('waits while an earlier search is under way, and says when it can’t be done', async () => {
    const refusals = ['rate_limited', 'offline'];
    const api = new Api();
    api.search = () => {
      const code = refusals.shift() ?? '';
      return Promise.reject(new ApiError(429, { code, args: {}, message: '', retryable: true }));
    };
    const find = new Find(api);
    find.type('needle');
    await vi.advanceTimersByTimeAsync(300);
    expect(find.busy).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(find.failed).toBe(true);
    expect(find.busy).toBe(false);
  });
});
