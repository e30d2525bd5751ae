// @vitest-environment jsdom
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HubFrame } from '../src/protocol/frames';
import type { App } from '../src/state/app.svelte';
import { Chat } from '../src/state/chat.svelte';
import { Line } from '../src/state/line.svelte';

/** A chat on a page, as far as one answer needs it; the hub's frames are played by the test. */
describe('an answer on the page', () => {
  let chat: Chat;
  let line: Line;
  let page: Record<string, unknown>;
  const text = () => document.body.textContent.replace(/\s+/g, ' ').trim();
  const retry = () => document.querySelector('.problem [data-action="retry"]');
  const g = { generationId: 'g', epoch: 1 } as const;
  const started = { ...g, type: 'generation.started', model: 'm', node: 'n' } as const;

  beforeAll(() => {
    // What jsdom lacks. Motion is reduced, so that nothing has to be waited for.
    window.matchMedia = () => Object.assign(new EventTarget(), { matches: true }) as MediaQueryList;
    globalThis.ResizeObserver = class {
      observe() {}
      unobserve() {}
      disconnect() {}
    };
  });

  beforeEach(async () => {
    vi.useFakeTimers();
    // Not before: what it imports asks for the reader's wish for less motion at once.
    const Thread = (await import('../src/components/Thread.svelte')).default;
    line = new Line();
    line.become({ kind: 'online' });
    chat = new Chat({
      api: { conversation: () => Promise.reject(new Error('not asked for')) },
      send: () => true,
      newId: () => 'id',
      onNamed: () => {},
      onSaved: () => {},
      onUnsent: () => {},
      onFilesLeft: () => {},
      onHubLeaving: () => {},
      onError: () => {},
    });
    const models = { list: [], current: null };
    page = mount(Thread, {
      target: document.body,
      props: { app: { chat, line, models } as unknown as App },
    });
    chat.send('Hi', null);
    hear({
      type: 'chat.saved',
      id: 'id',
      conversationId: 'c',
      title: 'T',
      userMessageId: 'u',
      answerId: 'a',
      ...g,
    });
  });

  afterEach(async () => {
    await unmount(page);
    vi.useRealTimers();
  });

  function hear(...frames: HubFrame[]) {
    frames.forEach((frame) => chat.onFrame(frame));
    flushSync();
  }

  const delta = (from: number, more: string): HubFrame => {
    return { ...g, type: 'delta', choice: 0, from, text: more };
  };

  it('says what it is doing, from the queue to the end', () => {
    expect(text()).toContain('Looking for a free machine…');
    hear({ type: 'generation.queued', generationId: 'g', position: 2, waitMs: 4_200 });
    expect(text()).toContain('1 ahead of you · about 5 s');
    hear(started);
    expect(text()).toContain('Reading your message…');
    hear(delta(0, 'Hello'));
    expect(text()).toContain('Hello Writing…');
    hear({ ...g, type: 'generation.recovering', cause: 'node_lost' });
    expect(text()).toContain('The machine that wrote this was lost.');
    hear({ ...g, type: 'generation.storing', stored: false });
    expect(text()).toContain('Not saved yet: the database is away.');
    hear({ ...g, type: 'generation.storing', stored: true }, delta(5, '!'));
    expect(text()).not.toContain('Not saved yet');
    chat.stop();
    flushSync();
    expect(text()).toContain('Stopping…');
    const usage = { promptTokens: 1, completionTokens: 1 };
    hear({ ...g, type: 'generation.finished', reason: 'stopped', length: 6, usage });
    expect(text()).toContain('Hello! Stopped.');
    expect(text()).not.toContain('Stopping…');
  });

  it('says that the line is gone, and goes on when it is back', () => {
    hear(started, delta(0, 'Hello'));
    line.become({ kind: 'offline' });
    flushSync();
    expect(text()).toContain('The connection is gone.');
    line.become({ kind: 'online' });
    flushSync();
    expect(text()).toContain('Writing…');
  });

  it('says for a while that words were taken back', () => {
    hear(started, delta(0, 'Hello there'));
    hear({ ...g, type: 'resumed', mode: 'rewind', position: 5 });
    expect(text()).toContain('The last words were taken back');
    vi.advanceTimersByTime(20_000);
    flushSync();
    expect(text()).toContain('Hello');
    expect(document.querySelectorAll('.aside')).toHaveLength(0);
  });

  it('says nothing of words that are sent again at once', () => {
    hear(started, delta(0, 'Hello there'));
    hear({ ...g, type: 'resumed', mode: 'continue', position: 5 }, delta(5, ' there'));
    expect(text()).not.toContain('taken back');
  });

  it.each([true, false])('offers to retry a failure if that can help: %s', (retryable) => {
    const error = { code: 'x', args: {}, message: 'It broke.', retryable };
    hear(started, delta(0, 'Hel'), { ...g, type: 'generation.failed', error });
    expect(text()).toContain('It broke.');
    expect(retry() !== null).toBe(retryable);
  });
});
