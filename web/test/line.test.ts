import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BACK_MS, Line, PATIENCE_MS } from '../src/state/line.svelte';

describe('Line', () => {
  let line: Line;
  const waiting = { kind: 'waiting', attempt: 1, retryAt: 0 } as const;

  beforeEach(() => {
    vi.useFakeTimers();
    line = new Line();
  });

  afterEach(() => vi.useRealTimers());

  function online() {
    line.become({ kind: 'connecting' });
    line.become({ kind: 'online' });
  }

  it('says nothing of a break that is over soon', () => {
    online();
    line.become(waiting);
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    online();
    vi.advanceTimersByTime(10 * PATIENCE_MS);
    expect([line.trouble, line.back, line.again]).toEqual([null, false, true]);
  });

  it('tells what the line is doing once it lasts, and that it is back, for a moment', () => {
    online();
    line.become(waiting);
    line.become({ kind: 'connecting' });
    vi.advanceTimersByTime(PATIENCE_MS);
    expect(line.trouble?.kind).toBe('connecting');
    line.become(waiting);
    expect(line.trouble?.kind).toBe('waiting');
    online();
    expect([line.trouble, line.back]).toEqual([null, true]);
    vi.advanceTimersByTime(BACK_MS);
    expect(line.back).toBe(false);
  });

  it('tells at once what the reader must know', () => {
    online();
    line.become({ kind: 'offline' });
    expect(line.trouble?.kind).toBe('offline');
    online();
    line.become({ kind: 'refused', closeCode: 4429 });
    expect(line.trouble?.kind).toBe('refused');
    expect(line.back).toBe(false);
  });

  it('does not call the first line one that is back, nor the first after a new sign-in', () => {
    line.become({ kind: 'connecting' });
    vi.advanceTimersByTime(PATIENCE_MS);
    line.become({ kind: 'online' });
    expect([line.again, line.back]).toEqual([false, false]);
    line.become({ kind: 'stopped' });
    online();
    expect(line.again).toBe(false);
  });
});
