import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ANSWER_MS,
  AWAITED_MS,
  CLOSE,
  DOUBT_MS,
  PING_MS,
  PONG_MS,
  WELCOME_MS,
} from '../src/net/connection';
import { ATTEMPTS_A_STEP, LEAST_PATIENCE_MS } from '../src/net/search';
import { FakePage } from './fakePage';
import { FakeSocket, welcome } from './fakeSocket';

describe('Connection', () => {
  let page: FakePage;

  beforeEach(() => {
    vi.useFakeTimers();
    page = new FakePage();
  });

  afterEach(() => vi.useRealTimers());

  it('looks soon after what was sent into a silence', async () => {
    await page.online();
    page.connection.send({ type: 'chat.stop', generationId: 'g' });
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect(FakeSocket.last.sent.map(({ type }) => type)).toEqual(['chat.stop', 'ping']);
    page.connection.send({ type: 'chat.stop', generationId: 'g' });
    await vi.advanceTimersByTimeAsync(PONG_MS);
    expect(page.kind).toBe('waiting');
  });

  it('finds a dead line by its silence', async () => {
    await page.online();
    await vi.advanceTimersByTimeAsync(PING_MS);
    expect(FakeSocket.last.sent.at(-1)?.type).toBe('ping');
    FakeSocket.last.hear({ type: 'pong', t: 0 });
    await vi.advanceTimersByTimeAsync(PING_MS + PONG_MS);
    expect(page.kind).toBe('waiting');
  });

  it('gives up on a socket that never says welcome', async () => {
    page.connection.start();
    await vi.advanceTimersByTimeAsync(WELCOME_MS);
    expect(page.kind).toBe('waiting');
  });

  it('keeps pongs to itself', async () => {
    await page.online();
    FakeSocket.last.hear({ type: 'pong', t: 0 });
    expect(page.frames).toHaveLength(1);
  });

  describe('while an answer is awaited', () => {
    const pong = { type: 'pong', t: 0 };
    const pings = () => FakeSocket.all[0]!.sent.filter(({ type }) => type === 'ping').length;

    beforeEach(async () => {
      page.awaits = true;
      await page.online();
    });

    /** Until another hub is looked for. */
    const silence = () => vi.advanceTimersByTimeAsync(AWAITED_MS + DOUBT_MS);

    it('asks after a short silence, and stays as long as there are pongs', async () => {
      for (let i = 1; i <= 30; i++) {
        await vi.advanceTimersByTimeAsync(AWAITED_MS);
        expect(pings()).toBe(i);
        await vi.advanceTimersByTimeAsync(DOUBT_MS - 1);
        FakeSocket.last.hear(pong);
      }
      expect(FakeSocket.all).toHaveLength(1);
      expect(page.kind).toBe('online');
    });

    it('is as patient as ever once nothing is awaited any more', async () => {
      page.awaits = false;
      FakeSocket.last.hear({ type: 'notice', code: 'x', args: {}, message: '' });
      await vi.advanceTimersByTimeAsync(PING_MS - 1);
      expect(pings()).toBe(0);
    });

    it('asks soon when it begins to await one', async () => {
      page.awaits = false;
      FakeSocket.last.hear(pong);
      page.awaits = true;
      page.connection.send({ type: 'chat.stop', generationId: 'g' });
      await silence();
      expect(page.kind).toBe('silent');
    });

    it('changes to the hub that answers, and keeps the line until then', async () => {
      await silence();
      expect(page.kind).toBe('silent');
      const [old, other] = FakeSocket.all;
      expect(old!.readyState).toBe(1);
      expect(page.connection.send({ type: 'chat.stop', generationId: 'g' })).toBe(true);
      expect(old!.sent.at(-1)?.type).toBe('chat.stop');
      other!.hear(welcome);
      expect([old!.readyState, other!.readyState]).toEqual([3, 1]);
      expect(page.kind).toBe('online');
      expect(page.frames.map(({ type }) => type)).toEqual(['welcome', 'welcome']);
      old!.hear({ type: 'notice', code: 'x', args: {}, message: '' });
      old!.fall();
      expect([page.kind, page.frames.length]).toEqual(['online', 2]);
    });

    it('stays with a hub that was only slow', async () => {
      await silence();
      const [old, other] = FakeSocket.all;
      old!.hear(pong);
      expect(page.kind).toBe('online');
      expect(other!.readyState).toBe(3);
      other!.hear(welcome);
      await vi.advanceTimersByTimeAsync(AWAITED_MS - 1);
      expect(page.frames).toHaveLength(1);
      expect(FakeSocket.all).toHaveLength(2);
    });

    it('is not stopped by connections to a process that stands still', async () => {
      await silence();
      for (let i = 0; i < 3; i++) {
        expect(FakeSocket.all).toHaveLength(2 + i);
        await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS);
        expect(FakeSocket.all[1 + i]!.readyState).toBe(3);
      }
      FakeSocket.last.hear(welcome);
      await vi.advanceTimersByTimeAsync(AWAITED_MS - 1);
      expect(FakeSocket.all).toHaveLength(5);
      expect(page.kind).toBe('online');
    });

    it('gives hubs more time the longer none answers, and in the end the line up', async () => {
      await silence();
      const before = FakeSocket.all.length;
      await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS * ATTEMPTS_A_STEP);
      expect(FakeSocket.all).toHaveLength(before + ATTEMPTS_A_STEP);
      await vi.advanceTimersByTimeAsync(2 * LEAST_PATIENCE_MS - 1);
      expect(FakeSocket.all).toHaveLength(before + ATTEMPTS_A_STEP);
      await vi.advanceTimersByTimeAsync(PONG_MS - DOUBT_MS - 6 * LEAST_PATIENCE_MS + 1);
      expect(page.kind).toBe('waiting');
      expect(FakeSocket.all.every(({ readyState }) => readyState === 3)).toBe(true);
    });

    it('gives hubs a few times what the last welcome took', async () => {
      page.connection.stop();
      page.connection.start();
      await vi.advanceTimersByTimeAsync(500);
      FakeSocket.last.hear(welcome);
      await silence();
      const searching = FakeSocket.all.length;
      await vi.advanceTimersByTimeAsync(1_499);
      expect(FakeSocket.all).toHaveLength(searching);
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeSocket.all).toHaveLength(searching + 1);
    });

    it('renews the session when a hub asks for it, and looks on', async () => {
      await silence();
      FakeSocket.last.hear({ type: 'error', ref: null, error: { code: 'unauthenticated' } });
      FakeSocket.last.fall(CLOSE.sessionEnded);
      expect(page.kind).toBe('silent');
      const asked = page.authorized;
      await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS);
      expect(page.authorized).toBe(asked + 1);
      FakeSocket.last.hear(welcome);
      expect(page.kind).toBe('online');
      expect(page.frames.map(({ type }) => type)).toEqual(['welcome', 'welcome']);
    });

    it('asks for a sign-in when the session is over', async () => {
      await silence();
      FakeSocket.last.fall(CLOSE.sessionEnded);
      page.authorization = 'sign-in';
      await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS);
      expect([page.kind, page.signIns]).toEqual(['stopped', 1]);
    });

    it('does not hammer hubs that greet and fall silent', async () => {
      await silence();
      FakeSocket.last.hear(welcome);
      FakeSocket.last.fall();
      expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 400 });
    });

    it('looks for nothing any more once it is stopped', async () => {
      await silence();
      page.connection.stop();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(FakeSocket.all.every(({ readyState }) => readyState === 3)).toBe(true);
      expect([page.kind, FakeSocket.all.length]).toEqual(['stopped', 2]);
    });
  });
});
