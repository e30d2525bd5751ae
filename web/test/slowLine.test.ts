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

/** A line that takes what is sent and brings nothing back, unless the test says so. */
class Line {
  static all: Line[] = [];
  readyState = 1;
  sent: string[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor() {
    Line.all.push(this);
  }

  send(data: string) {
    this.sent.push(data);
  }

  close() {
    this.readyState = 3;
  }

  hear(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

describe('a large prompt on a slow line', () => {
  let awaits: boolean;
  let connection: Connection;
  const pings = () => Line.all[0]!.sent.filter((data) => data.includes('"ping"')).length;
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
    Line.all = [];
    awaits = true;
    connection = new Connection({
      url: 'ws://test/ws',
      authorize: () => Promise.resolve('ok'),
      awaits: () => awaits,
      onFrame: () => {},
      onState: () => {},
      onSignIn: () => {},
      WebSocket: Line as unknown as typeof WebSocket,
    });
    connection.start();
    await pass(0);
    Line.all[0]!.hear({ type: 'welcome', protocol: 1, hubId: 'h', user: {}, models: [] });
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
    expect([pings(), Line.all.length]).toEqual([1, 1]);
    await pass(DOUBT_MS);
    expect(Line.all).toHaveLength(2);
  });

  it('is given it when the page asks meanwhile, and after what comes in between', async () => {
    send(4 * SLOW_BYTES_PER_S);
    connection.retryNow();
    await pass(1_000);
    Line.all[0]!.hear({ type: 'notice', code: 'x', args: {}, message: '' });
    connection.retryNow();
    await pass(3_000 + DOUBT_MS - 1);
    expect(Line.all).toHaveLength(1);
    await pass(1);
    expect(Line.all).toHaveLength(2);
  });

  it('leaves no patience to the line that comes after it', async () => {
    send(4 * SLOW_BYTES_PER_S);
    Line.all[0]!.onclose?.({ code: 1006 });
    await pass(AT_ONCE_MS);
    Line.all[1]!.hear({ type: 'welcome', protocol: 1, hubId: 'h2', user: {}, models: [] });
    await pass(AWAITED_MS + DOUBT_MS);
    expect(Line.all).toHaveLength(3);
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
