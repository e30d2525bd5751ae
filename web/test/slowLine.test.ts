import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ANSWER_MS,
  AT_ONCE_MS,
  AWAITED_MS,
  Connection,
  DOUBT_MS,
  SLOW_BYTES_PER_S,
  SMALL_BYTES,
} from '../src/net/connection';
import { FakeSocket, welcome } from './fakeSocket';

describe('a large prompt on a slow line', () => {
  let awaits: boolean;
  let connection: Connection;
  const pings = () => FakeSocket.all[0]!.sent.filter(({ type }) => type === 'ping').length;
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  /** Sends a prompt whose frame has so many bytes. */
  function send(bytes: number): void {
    const frame = {
      type: 'chat.send',
      id: 'p',
      conversationId: null,
      parentId: null,
      model: null,
      text: '',
    } as const;
    const around = JSON.stringify({ ...frame, files: [{ name: 'a', text: '' }] }).length;
    // Three bytes each: what counts is not the length of the text.
    const text = '你'.repeat(Math.floor((bytes - around) / 3));
    const filled = text + 'x'.repeat((bytes - around) % 3);
    connection.send({ ...frame, files: [{ name: 'a', text: filled }] });
  }

  beforeEach(async () => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    awaits = true;
    connection = new Connection({
      url: 'ws://test/ws',
      authorize: () => Promise.resolve('ok'),
      awaits: () => awaits,
      onFrame: () => {},
      onState: () => {},
      onSignIn: () => {},
      WebSocket: FakeSocket as unknown as typeof WebSocket,
    });
    connection.start();
    await pass(0);
    FakeSocket.all[0]!.hear(welcome);
  });

  afterEach(() => {
    connection.stop();
    vi.useRealTimers();
  });

  it('is given the time that it takes before the hub is doubted', async () => {
    send(4 * SLOW_BYTES_PER_S);
    await pass(4_000 + AWAITED_MS - 1);
    expect(pings()).toBe(0);
    await pass(1);
    expect([pings(), FakeSocket.all.length]).toEqual([1, 1]);
    await pass(DOUBT_MS);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('is given it when the page asks meanwhile, and after what comes in between', async () => {
    send(4 * SLOW_BYTES_PER_S);
    connection.retryNow();
    await pass(1_000);
    FakeSocket.all[0]!.hear({ type: 'notice', code: 'x', args: {}, message: '' });
    connection.retryNow();
    await pass(3_000 + DOUBT_MS - 1);
    expect(FakeSocket.all).toHaveLength(1);
    await pass(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('leaves no patience to the line that comes after it', async () => {
    send(4 * SLOW_BYTES_PER_S);
    FakeSocket.all[0]!.fall();
    await pass(AT_ONCE_MS);
    FakeSocket.all[1]!.hear({ ...welcome, hubId: 'h2' });
    await pass(AWAITED_MS + DOUBT_MS);
    expect(FakeSocket.all).toHaveLength(3);
  });

  it('is one of more than a few kilobytes', async () => {
    awaits = false;
    send(SMALL_BYTES);
    await pass(ANSWER_MS - 1);
    expect(pings()).toBe(0);
    await pass(1);
    expect(pings()).toBe(1);
  });
});
