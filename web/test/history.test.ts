import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Api, type ConversationPage } from '../src/net/api';
import { History, REFRESH_AGAIN_MS } from '../src/state/history.svelte';

describe('History that could not be loaded', () => {
  let history: History;
  let calls: number;
  let answer: () => Promise<ConversationPage>;
  const away = (retryable: boolean) => () =>
    Promise.reject(
      new ApiError(503, { code: 'database_unavailable', args: {}, message: '', retryable }),
    );
  const page = () =>
    Promise.resolve({
      items: [{ id: 'c', title: 'T', updatedAt: '1', running: null }],
      next: null,
    });

  beforeEach(async () => {
    vi.useFakeTimers();
    calls = 0;
    answer = away(true);
    const api = {
      conversations: () => {
        calls++;
        return answer();
      },
    };
    history = new History(api as unknown as Api);
    await history.refresh();
  });

  afterEach(() => vi.useRealTimers());

  it('is tried again by itself', async () => {
    expect(history.failed).toBe(true);
    answer = page;
    await vi.advanceTimersByTimeAsync(REFRESH_AGAIN_MS);
    expect([history.failed, history.items.length]).toEqual([false, 1]);
    await vi.advanceTimersByTimeAsync(10 * REFRESH_AGAIN_MS);
    expect(calls).toBe(2);
  });

  it('is not tried again where that can’t help', async () => {
    answer = away(false);
    await vi.advanceTimersByTimeAsync(REFRESH_AGAIN_MS);
    expect(calls).toBe(2);
    await vi.advanceTimersByTimeAsync(10 * REFRESH_AGAIN_MS);
    expect(calls).toBe(2);
  });

  it('is not tried again for somebody who has left, even if the answer was late', async () => {
    let refuse = (_: Error) => {};
    answer = () => new Promise((_, reject) => (refuse = reject));
    const asked = history.refresh();
    history.clear();
    refuse(new Error('late'));
    await asked;
    expect(history.failed).toBe(false);
    await vi.advanceTimersByTimeAsync(10 * REFRESH_AGAIN_MS);
    expect(calls).toBe(2);
  });
});
