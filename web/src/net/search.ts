import { parseHubFrame } from '../protocol/frames';
import type { Authorization } from './connection';

/** What a hub gets to say welcome: a few times what it took before, within these bounds, */
export const LEAST_PATIENCE_MS = 250;
export const MOST_PATIENCE_MS = 4_000;
const PATIENCE = 3;
/** and twice as long after each few attempts in vain: all hubs may have become slow. */
export const ATTEMPTS_A_STEP = 4;

export interface SearchOptions {
  dial: () => WebSocket;
  /** What the last welcome took. */
  usualMs: number;
  authorize: (limitMs: number) => Promise<Authorization>;
  /** By this close code a hub says that the session has to be renewed first. */
  sessionEnded: number;
  /** A hub has said welcome: the socket is the caller's now. */
  onFound: (socket: WebSocket, welcome: string) => void;
  onSignIn: () => void;
}

/**
 * Looks for a hub that answers, beside a line that is silent. A process that stands still has its
 * connections taken by the kernel all the same, and where hubs share a port, chance decides which of
 * them gets one. So no attempt has much time, and the next follows it; one at a time (RFC 6455, 4.1).
 * It goes on until a hub is found or it is ended.
 */
export class Search {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private renew = false;

  constructor(private readonly options: SearchOptions) {
    void this.attempt();
  }

  end(): void {
    this.attempts = Infinity;
    this.hangUp();
  }

  private async attempt(): Promise<void> {
    this.hangUp();
    const step = Math.floor(this.attempts / ATTEMPTS_A_STEP);
    const mine = ++this.attempts;
    const usual = Math.max(LEAST_PATIENCE_MS, PATIENCE * this.options.usualMs);
    const limitMs = Math.min(MOST_PATIENCE_MS, usual * 2 ** step);
    this.timer = setTimeout(() => void this.attempt(), limitMs);
    if (this.renew) {
      // The cookie has run out, as it does every few minutes: the line itself needs none.
      const authorization = await this.options.authorize(limitMs).catch(() => 'later');
      if (mine !== this.attempts) return;
      if (authorization === 'sign-in') this.options.onSignIn();
      if (authorization !== 'ok') return;
      this.renew = false;
    }
    this.dial();
  }

  private dial(): void {
    const socket = this.options.dial();
    this.socket = socket;
    socket.onmessage = (event: MessageEvent) => {
      if (socket !== this.socket || typeof event.data !== 'string') return;
      if (parseHubFrame(event.data)?.type !== 'welcome') return;
      this.socket = null;
      this.end();
      this.options.onFound(socket, event.data);
    };
    socket.onclose = (event: CloseEvent) => {
      if (socket === this.socket && event.code === this.options.sessionEnded) this.renew = true;
    };
  }

  private hangUp(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= 1) socket.close(1000);
  }
}
