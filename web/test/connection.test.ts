import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ANSWER_MS,
  AT_ONCE_MS,
  AUTHORIZE_MS,
  AWAITED_MS,
  CLOSE,
  Connection,
  DOUBT_MS,
  MAX_DELAY_MS,
  PING_MS,
  PONG_MS,
  WELCOME_MS,
  type Authorization,
  type ConnectionState,
} from '../src/net/connection';
import { ATTEMPTS_A_STEP, LEAST_PATIENCE_MS } from '../src/net/search';
import type { HubFrame } from '../src/protocol/frames';

class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  readyState = 1;
  sent: { type: string }[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(data: string) {
    this.sent.push(JSON.parse(data) as { type: string });
  }

  close() {
    this.readyState = 3;
  }

  hear(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  fall(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const welcome = { type: 'welcome', protocol: 1, hubId: 'h', user: {}, models: [] };

describe('Connection', () => {
  let states: ConnectionState[];
  let frames: HubFrame[];
  let authorization: Authorization | Promise<Authorization>;
  let authorized: number;
  let signIns: number;
  let random: number;
  let isOnline: boolean;
  let awaits: boolean;
  let connection: Connection;
  const kind = () => states.at(-1)?.kind;
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    states = [];
    frames = [];
    authorization = 'ok';
    authorized = 0;
    signIns = 0;
    random = 1;
    isOnline = true;
    awaits = false;
    connection = new Connection({
      url: 'ws://test/ws',
      authorize: () => {
        authorized++;
        return Promise.resolve(authorization);
      },
      onFrame: (frame) => frames.push(frame),
      onState: (state) => states.push(state),
      onSignIn: () => signIns++,
      WebSocket: FakeSocket as unknown as typeof WebSocket,
      random: () => random,
      isOnline: () => isOnline,
      awaits: () => awaits,
    });
  });

  afterEach(() => vi.useRealTimers());

  async function online() {
    connection.start();
    await settle();
    FakeSocket.last.hear(welcome);
  }

  it('is online once the hub says welcome, and not before', async () => {
    connection.start();
    await settle();
    expect(kind()).toBe('connecting');
    expect(connection.send({ type: 'ping', t: 0 })).toBe(false);
    FakeSocket.last.hear(welcome);
    expect(kind()).toBe('online');
    expect(connection.send({ type: 'ping', t: 0 })).toBe(true);
    expect(frames.map((frame) => frame.type)).toEqual(['welcome']);
  });

  it('comes back by itself, waiting longer each time, up to a limit', async () => {
    await online();
    const delays: number[] = [];
    for (let i = 0; i < 9; i++) {
      FakeSocket.last.fall();
      const state = states.at(-1);
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
        random = value;
        connection.stop();
        await online();
        FakeSocket.last.fall(code);
        expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + delay });
      }
    },
  );

  describe('where the hub had many sockets', () => {
    beforeEach(async () => {
      await online();
      FakeSocket.last.hear({ type: 'pong', t: 0, spreadMs: 8_000 });
    });

    it('leaves others room when it awaits nothing', async () => {
      random = 0.5;
      FakeSocket.last.fall();
      expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 4_000 });
      await vi.advanceTimersByTimeAsync(4_000);
      expect(FakeSocket.all).toHaveLength(2);
    });

    it('comes back at once when it awaits an answer', () => {
      awaits = true;
      FakeSocket.last.fall();
      expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + AT_ONCE_MS });
    });

    it('comes back at once when there is something to send', async () => {
      FakeSocket.last.fall();
      expect(connection.send({ type: 'ping', t: 0 })).toBe(false);
      await settle();
      FakeSocket.last.hear(welcome);
      expect([FakeSocket.all.length, kind()]).toEqual([2, 'online']);
      await vi.advanceTimersByTimeAsync(8_000);
      expect(FakeSocket.all).toHaveLength(2);
    });

    it('does not hammer hubs that do not answer with what there is to send', async () => {
      FakeSocket.last.fall();
      connection.send({ type: 'ping', t: 0 });
      FakeSocket.last.fall();
      for (let i = 0; i < 5; i++) connection.send({ type: 'ping', t: 0 });
      await settle();
      expect(FakeSocket.all).toHaveLength(2);
      expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 400 });
    });
  });

  it('comes back without any delay when it was only too slow', async () => {
    await online();
    FakeSocket.last.fall(CLOSE.slowReader);
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() });
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('is not sent back at once by a hub that finds it too slow each time', async () => {
    await online();
    FakeSocket.last.fall(CLOSE.slowReader);
    await settle();
    FakeSocket.last.hear(welcome);
    FakeSocket.last.fall(CLOSE.slowReader);
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 400 });
  });

  it('backs off from the first attempt on while it never had a line', async () => {
    random = 0;
    connection.start();
    await settle();
    FakeSocket.last.fall();
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 100 });
  });

  it('leaves a hub that says that it is leaving', async () => {
    await online();
    connection.leave();
    expect(FakeSocket.last.readyState).toBe(3);
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('looks soon after what was sent into a silence', async () => {
    await online();
    connection.send({ type: 'chat.stop', generationId: 'g' });
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect(FakeSocket.last.sent.map(({ type }) => type)).toEqual(['chat.stop', 'ping']);
    connection.send({ type: 'chat.stop', generationId: 'g' });
    await vi.advanceTimersByTimeAsync(PONG_MS);
    expect(kind()).toBe('waiting');
  });

  it('does not wait for ever to learn who is signed in', async () => {
    authorization = new Promise<Authorization>(() => {});
    connection.start();
    await vi.advanceTimersByTimeAsync(AUTHORIZE_MS);
    expect(kind()).toBe('waiting');
    authorization = 'ok';
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    expect(kind()).toBe('online');
  });

  it('does not hammer a hub that greets and falls over', async () => {
    await online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    FakeSocket.last.fall();
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', attempt: 2 });
  });

  it('starts over with short delays after a line that held', async () => {
    await online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    FakeSocket.last.hear(welcome);
    await vi.advanceTimersByTimeAsync(6_000);
    FakeSocket.last.hear({ type: 'pong', t: 0 });
    FakeSocket.last.fall();
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', attempt: 1 });
  });

  it('finds a dead line by its silence', async () => {
    await online();
    await vi.advanceTimersByTimeAsync(PING_MS);
    expect(FakeSocket.last.sent.at(-1)?.type).toBe('ping');
    FakeSocket.last.hear({ type: 'pong', t: 0 });
    await vi.advanceTimersByTimeAsync(PING_MS + PONG_MS);
    expect(kind()).toBe('waiting');
  });

  it('gives up on a socket that never says welcome', async () => {
    connection.start();
    await vi.advanceTimersByTimeAsync(WELCOME_MS);
    expect(kind()).toBe('waiting');
  });

  it('keeps pongs to itself', async () => {
    await online();
    FakeSocket.last.hear({ type: 'pong', t: 0 });
    expect(frames).toHaveLength(1);
  });

  it.each([CLOSE.badFrame, CLOSE.forbiddenOrigin, CLOSE.tooLarge, CLOSE.tooManySockets])(
    'stays away after close code %i',
    async (code) => {
      await online();
      FakeSocket.last.fall(code);
      expect(states.at(-1)).toEqual({ kind: 'refused', closeCode: code });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(FakeSocket.all).toHaveLength(1);
      connection.start();
      await settle();
      expect(FakeSocket.all).toHaveLength(2);
    },
  );

  it.each([CLOSE.slowReader, CLOSE.hubLeaving, CLOSE.sessionEnded, 1006])(
    'comes back after close code %i',
    async (code) => {
      await online();
      FakeSocket.last.fall(code);
      await vi.advanceTimersByTimeAsync(400);
      expect(FakeSocket.all).toHaveLength(2);
    },
  );

  it('asks for a sign-in instead of knocking with a dead session', async () => {
    await online();
    authorization = 'sign-in';
    FakeSocket.last.fall(CLOSE.sessionEnded);
    await vi.advanceTimersByTimeAsync(400);
    expect(signIns).toBe(1);
    expect(kind()).toBe('stopped');
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('asks who is signed in before its first attempt and after one in vain, and not after a line', async () => {
    await online();
    expect(authorized).toBe(1);
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    expect([FakeSocket.all.length, authorized]).toEqual([2, 1]);
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(400);
    expect([FakeSocket.all.length, authorized]).toEqual([3, 2]);
    FakeSocket.last.hear(welcome);
    expect(kind()).toBe('online');
  });

  it('renews at once the session that ran out while its line held', async () => {
    await online();
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    FakeSocket.last.fall(CLOSE.sessionEnded);
    await settle();
    expect([FakeSocket.all.length, authorized]).toEqual([3, 2]);
    FakeSocket.last.fall(CLOSE.sessionEnded);
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 800 });
  });

  it('tries later when it can’t find out who is signed in', async () => {
    authorization = 'later';
    connection.start();
    await settle();
    expect(kind()).toBe('waiting');
    expect(FakeSocket.all).toHaveLength(0);
    authorization = 'ok';
    await vi.advanceTimersByTimeAsync(400);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('keeps trying without a network, for a hub on the same machine, and says so', async () => {
    await online();
    isOnline = false;
    authorization = 'later';
    connection.networkLost();
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS);
    FakeSocket.last.fall();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(states.slice(3).every((state) => state.kind === 'offline')).toBe(true);
    authorization = 'ok';
    await vi.advanceTimersByTimeAsync(4_000);
    FakeSocket.last.hear(welcome);
    expect(FakeSocket.all).toHaveLength(3);
    expect(kind()).toBe('online');
  });

  it('returns at once when the network is back', async () => {
    await online();
    connection.networkLost();
    expect(kind()).toBe('offline');
    connection.retryNow();
    await settle();
    FakeSocket.last.hear(welcome);
    expect(FakeSocket.all).toHaveLength(2);
    expect(kind()).toBe('online');
  });

  describe('while an answer is awaited', () => {
    const pong = { type: 'pong', t: 0 };
    const pings = () => FakeSocket.all[0]!.sent.filter(({ type }) => type === 'ping').length;

    beforeEach(async () => {
      awaits = true;
      await online();
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
      expect(kind()).toBe('online');
    });

    it('is as patient as ever once nothing is awaited any more', async () => {
      awaits = false;
      FakeSocket.last.hear({ type: 'notice', code: 'x', args: {}, message: '' });
      await vi.advanceTimersByTimeAsync(PING_MS - 1);
      expect(pings()).toBe(0);
    });

    it('asks soon when it begins to await one', async () => {
      awaits = false;
      FakeSocket.last.hear(pong);
      awaits = true;
      connection.send({ type: 'chat.stop', generationId: 'g' });
      await silence();
      expect(kind()).toBe('silent');
    });

    it('changes to the hub that answers, and keeps the line until then', async () => {
      await silence();
      expect(kind()).toBe('silent');
      const [old, other] = FakeSocket.all;
      expect(old!.readyState).toBe(1);
      expect(connection.send({ type: 'chat.stop', generationId: 'g' })).toBe(true);
      expect(old!.sent.at(-1)?.type).toBe('chat.stop');
      other!.hear(welcome);
      expect([old!.readyState, other!.readyState]).toEqual([3, 1]);
      expect(kind()).toBe('online');
      expect(frames.map(({ type }) => type)).toEqual(['welcome', 'welcome']);
      old!.hear({ type: 'notice', code: 'x', args: {}, message: '' });
      old!.fall();
      expect([kind(), frames.length]).toEqual(['online', 2]);
    });

    it('stays with a hub that was only slow', async () => {
      await silence();
      const [old, other] = FakeSocket.all;
      old!.hear(pong);
      expect(kind()).toBe('online');
      expect(other!.readyState).toBe(3);
      other!.hear(welcome);
      await vi.advanceTimersByTimeAsync(AWAITED_MS - 1);
      expect(frames).toHaveLength(1);
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
      expect(kind()).toBe('online');
    });

    it('gives hubs more time the longer none answers, and in the end the line up', async () => {
      await silence();
      const before = FakeSocket.all.length;
      await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS * ATTEMPTS_A_STEP);
      expect(FakeSocket.all).toHaveLength(before + ATTEMPTS_A_STEP);
      await vi.advanceTimersByTimeAsync(2 * LEAST_PATIENCE_MS - 1);
      expect(FakeSocket.all).toHaveLength(before + ATTEMPTS_A_STEP);
      await vi.advanceTimersByTimeAsync(PONG_MS - DOUBT_MS - 6 * LEAST_PATIENCE_MS + 1);
      expect(kind()).toBe('waiting');
      expect(FakeSocket.all.every(({ readyState }) => readyState === 3)).toBe(true);
    });

    it('gives hubs a few times what the last welcome took', async () => {
      connection.stop();
      connection.start();
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
      expect(kind()).toBe('silent');
      const asked = authorized;
      await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS);
      expect(authorized).toBe(asked + 1);
      FakeSocket.last.hear(welcome);
      expect(kind()).toBe('online');
      expect(frames.map(({ type }) => type)).toEqual(['welcome', 'welcome']);
    });

    it('asks for a sign-in when the session is over', async () => {
      await silence();
      FakeSocket.last.fall(CLOSE.sessionEnded);
      authorization = 'sign-in';
      await vi.advanceTimersByTimeAsync(LEAST_PATIENCE_MS);
      expect([kind(), signIns]).toEqual(['stopped', 1]);
    });

    it('does not hammer hubs that greet and fall silent', async () => {
      await silence();
      FakeSocket.last.hear(welcome);
      FakeSocket.last.fall();
      expect(states.at(-1)).toMatchObject({ kind: 'waiting', retryAt: Date.now() + 400 });
    });

    it('looks for nothing any more once it is stopped', async () => {
      await silence();
      connection.stop();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(FakeSocket.all.every(({ readyState }) => readyState === 3)).toBe(true);
      expect([kind(), FakeSocket.all.length]).toEqual(['stopped', 2]);
    });
  });

  it('hears nothing of a socket that it has left', async () => {
    await online();
    const old = FakeSocket.last;
    connection.stop();
    old.hear({ type: 'notice', code: 'x', args: {}, message: '' });
    old.fall();
    expect(kind()).toBe('stopped');
    expect(frames).toHaveLength(1);
  });
});
