import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AT_ONCE_MS,
  AUTHORIZE_MS,
  CLOSE,
  MAX_DELAY_MS,
  type Authorization,
} from '../src/net/connection';
import { FakePage } from './fakePage';
import { FakeSocket, welcome } from './fakeSocket';

describe('Connection', () => {
  let page: FakePage;
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    page = new FakePage();
  });

  afterEach(() => vi.useRealTimers());

  it('is online once the hub says welcome, and not before', async () => {
    page.connection.start();
    await settle();
    expect(page.kind).toBe('connecting');
    expect(page.connection.send({ type: 'ping', t: 0 })).toBe(false);
    FakeSocket.last.hear(welcome);
    expect(page.kind).toBe('online');
    expect(page.connection.send({ type: 'ping', t: 0 })).toBe(true);
    expect(page.frames.map((frame) => frame.type)).toEqual(['welcome']);
  });

  it('comes back by itself, waiting longer each time, up to a limit', async () => {
    await page.online();
    const delays: number[] = [];
    for (let i = 0; i < 9; i++) {
      FakeSocket.last.fall();
      const state = page.state;
      if (state?.kind !== 'waiting') throw new Error('not waiting');
      delays.push(state.retryAt - Date.now());
      await vi.advanceTimersByTimeAsync(delays.at(-1)!);
      expect(FakeSocket.all).toHaveLength(i + 2);
    }
    expect(delays.slice(0, 5)).toEqual([AT_ONCE_MS, 400, 800, 1600, 3200]);
    expect(delays.at(-1)).toBe(MAX_DELAY_MS);
  });

  it.each([1006, CLOSE.hubLeaving])(
    'comes back at once after close code %i, many tabs a little apart',
    async (code) => {
      for (const [value, delay] of [
        [0, 0],
        [0.5, AT_ONCE_MS / 2],
        [1, AT_ONCE_MS],
      ] as const) {
        page.random = value;
        page.connection.stop();
        await page.online();
        FakeSocket.last.fall(code);
        expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + delay });
      }
    },
  );

  describe('where the hub had many sockets', () => {
    beforeEach(async () => {
      await page.online();
      FakeSocket.last.hear({ type: 'pong', t: 0, spreadMs: 8_000 });
    });

    it('leaves others room when it awaits nothing', async () => {
      page.random = 0.5;
      FakeSocket.last.fall();
      expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 4_000 });
      await vi.advanceTimersByTimeAsync(4_000);
      expect(FakeSocket.all).toHaveLength(2);
    });

    it('comes back at once when it awaits an answer', () => {
      page.awaits = true;
      FakeSocket.last.fall();
      expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + AT_ONCE_MS });
    });

    it('comes back at once when there is something to send', async () => {
      FakeSocket.last.fall();
      expect(page.connection.send({ type: 'ping', t: 0 })).toBe(false);
      await settle();
      FakeSocket.last.hear(welcome);
      expect([FakeSocket.all.length, page.kind]).toEqual([2, 'online']);
      await vi.advanceTimersByTimeAsync(8_000);
      expect(FakeSocket.all).toHaveLength(2);
    });

    it('does not hammer hubs that do not answer with what there is to send', async () => {
      FakeSocket.last.fall();
      page.connection.send({ type: 'ping', t: 0 });
      FakeSocket.last.fall();
      for (let i = 0; i < 5; i++) page.connection.send({ type: 'ping', t: 0 });
      await settle();
      expect(FakeSocket.all).toHaveLength(2);
      expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 400 });
    });
  });

  it('comes back without any delay when it was only too slow', async () => {
    await page.online();
    FakeSocket.last.fall(CLOSE.slowReader);
    expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() });
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('is not sent back at once by a hub that finds it too slow each time', async () => {
    await page.online();
    FakeSocket.last.fall(CLOSE.slowReader);
    await settle();
    FakeSocket.last.hear(welcome);
    FakeSocket.last.fall(CLOSE.slowReader);
    expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 400 });
  });

  it('backs off from the first attempt on while it never had a line', async () => {
    page.random = 0;
    page.connection.start();
    await settle();
    FakeSocket.last.fall();
    expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 100 });
  });

  it('leaves a hub that says that it is leaving', async () => {
    await page.online();
    page.connection.leave();
    expect(FakeSocket.last.readyState).toBe(3);
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('does not wait for ever to learn who is signed in', async () => {
    page.authorization = new Promise<Authorization>(() => {});
    page.connection.start();
    await vi.advanceTimersByTimeAsync(AUTHORIZE_MS);
    expect(page.kind).toBe('waiting');
    page.authorization = 'ok';
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    expect(page.kind).toBe('online');
  });

  it('does not hammer a hub that greets and falls over', async () => {
    await page.online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    FakeSocket.last.fall();
    expect(page.state).toMatchObject({ kind: 'waiting', attempt: 2 });
  });

  it('does not hammer a hub that greets, says a little and falls over', async () => {
    await page.online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    await vi.advanceTimersByTimeAsync(1_000);
    FakeSocket.last.hear({ type: 'models', models: [] });
    FakeSocket.last.fall();
    expect(page.state).toMatchObject({ kind: 'waiting', attempt: 2 });
  });

  it('starts over with short delays after a line that held', async () => {
    await page.online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    await vi.advanceTimersByTimeAsync(6_000);
    FakeSocket.last.hear({ type: 'pong', t: 0 });
    FakeSocket.last.fall();
    expect(page.state).toMatchObject({ kind: 'waiting', attempt: 1 });
  });

  it.each([CLOSE.badFrame, CLOSE.forbiddenOrigin, CLOSE.tooLarge, CLOSE.tooManySockets])(
    'stays away after close code %i',
    async (code) => {
      await page.online();
      FakeSocket.last.fall(code);
      expect(page.state).toEqual({ kind: 'refused', closeCode: code });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(FakeSocket.all).toHaveLength(1);
      page.connection.start();
      await settle();
      expect(FakeSocket.all).toHaveLength(2);
    },
  );

  it.each([CLOSE.slowReader, CLOSE.hubLeaving, CLOSE.sessionEnded, 1006])(
    'comes back after close code %i',
    async (code) => {
      await page.online();
      FakeSocket.last.fall(code);
      await vi.advanceTimersByTimeAsync(400);
      expect(FakeSocket.all).toHaveLength(2);
    },
  );

  it('asks for a sign-in instead of knocking with a dead session', async () => {
    await page.online();
    page.authorization = 'sign-in';
    FakeSocket.last.fall(CLOSE.sessionEnded);
    await vi.advanceTimersByTimeAsync(400);
    expect(page.signIns).toBe(1);
    expect(page.kind).toBe('stopped');
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('asks who is signed in before its first attempt and after one in vain, and not after a line', async () => {
    await page.online();
    expect(page.authorized).toBe(1);
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    expect([FakeSocket.all.length, page.authorized]).toEqual([2, 1]);
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    expect([FakeSocket.all.length, page.authorized]).toEqual([3, 2]);
    FakeSocket.last.hear(welcome);
    expect(page.kind).toBe('online');
  });

  it('renews at once the session that ran out while its line held', async () => {
    await page.online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    FakeSocket.last.fall(CLOSE.sessionEnded);
    await settle();
    expect([FakeSocket.all.length, page.authorized]).toEqual([3, 2]);
    FakeSocket.last.fall(CLOSE.sessionEnded);
    expect(page.state).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 800 });
  });

  it('tries later when it can’t find out who is signed in', async () => {
    page.authorization = 'later';
    page.connection.start();
    await settle();
    expect(page.kind).toBe('waiting');
    expect(FakeSocket.all).toHaveLength(0);
    page.authorization = 'ok';
    await vi.advanceTimersByTimeAsync(400);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('keeps trying without a network, for a hub on the same machine, and says so', async () => {
    await page.online();
    page.isOnline = false;
    page.authorization = 'later';
    page.connection.networkLost();
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(page.states.slice(3).every((state) => state.kind === 'offline')).toBe(true);
    page.authorization = 'ok';
    await vi.advanceTimersByTimeAsync(4_000);
    FakeSocket.last.hear(welcome);
    expect(FakeSocket.all).toHaveLength(3);
    expect(page.kind).toBe('online');
  });

  it('returns at once when the network is back', async () => {
    await page.online();
    page.connection.networkLost();
    expect(page.kind).toBe('offline');
    page.connection.retryNow();
    await settle();
    FakeSocket.last.hear(welcome);
    expect(FakeSocket.all).toHaveLength(2);
    expect(page.kind).toBe('online');
  });

  it('hears nothing of a socket that it has left', async () => {
    await page.online();
    const old = FakeSocket.last;
    page.connection.stop();
    old.hear({ type: 'notice', code: 'x', args: {}, message: '' });
    old.fall();
    expect(page.kind).toBe('stopped');
    expect(page.frames).toHaveLength(1);
  });
});
