import { parseHubFrame, type ClientFrame, type HubFrame } from '../protocol/frames';
import { Search } from './search';

/** What the reader is told about the line to the hub. */
export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'online' }
  /** Nothing comes although an answer is awaited: another hub is looked for, the line is kept. */
  | { kind: 'silent' }
  | { kind: 'waiting'; attempt: number; retryAt: number }
  | { kind: 'offline' }
  /** The hub does not want this client back: told by its close code. */
  | { kind: 'refused'; closeCode: number }
  | { kind: 'stopped' };

/** May this tab connect now: with a good cookie, not at all (sign in first), or try later? */
export type Authorization = 'ok' | 'sign-in' | 'later';

export interface ConnectionOptions {
  url: string;
  /**
   * Asked before an attempt, because a refused handshake tells a browser nothing; not before the first
   * one after a line that had held, as a hub closes a socket without a good cookie by a code.
   */
  authorize: (limitMs: number) => Promise<Authorization>;
  /** Whether something is under way that this line brings: then its silence is not borne long. */
  awaits: () => boolean;
  onFrame: (frame: HubFrame) => void;
  onState: (state: ConnectionState) => void;
  onSignIn: () => void;
  WebSocket?: typeof WebSocket;
  random?: () => number;
  now?: () => number;
  isOnline?: () => boolean;
}

export const CLOSE = {
  badFrame: 4400,
  sessionEnded: 4401,
  forbiddenOrigin: 4403,
  tooLarge: 4413,
  slowReader: 4408,
  hubLeaving: 4409,
  tooManySockets: 4429,
} as const;

const NO_RETURN: ReadonlySet<number> = new Set([
  CLOSE.badFrame,
  CLOSE.forbiddenOrigin,
  CLOSE.tooLarge,
  CLOSE.tooManySockets,
]);

/** A line that had held and is lost comes back at once; so many tabs are spread over this time. */
export const AT_ONCE_MS = 300;
export const FIRST_DELAY_MS = 400;
export const MAX_DELAY_MS = 15_000;
export const PING_MS = 20_000;
export const PONG_MS = 8_000;
/** What is sent is answered soon by a living hub: after this silence it is pinged. */
export const ANSWER_MS = 3_000;
/** So it is while an answer is awaited, which may well stand still: a pong says that all is well, */
export const AWAITED_MS = 2_000;
/** and where none comes, the hub itself may: others take its answers over, and are looked for. */
export const DOUBT_MS = 1_000;
/** A hub that stands still takes connections and says nothing: the next attempt finds another. */
export const AUTHORIZE_MS = 6_000;
/** A line that never says welcome is as dead as one that does not open. */
export const WELCOME_MS = 10_000;
/** What is larger than this takes its time on a slow line, */
export const SMALL_BYTES = 16 * 1024;
/** such as brings so much in a second: meanwhile silence says nothing. */
export const SLOW_BYTES_PER_S = 32 * 1024;
const STABLE_MS = 5_000;

/**
 * The websocket to whichever hub answers: it comes back by itself, at once after a line that had
 * held, then with exponential backoff and full jitter, so that a thousand tabs do not knock at a
 * restarted hub at once, and it changes to another hub while the one at the other end is silent
 * though an answer is awaited. It promises nothing about frames in flight; the chat repeats what was not confirmed and resumes what was cut.
 */
export class Connection {
  private readonly options: ConnectionOptions;
  private socket: WebSocket | null = null;
  private current: ConnectionState = { kind: 'stopped' };
  private attempt = 0;
  private welcomedAt = 0;
  private pinged = false;
  /** Whether the next attempt begins by asking who is signed in. */
  private asks = true;
  /** Over how long the hub's clients spread their return if they await nothing, as it told last. */
  private spreadMs = 0;
  /** Whether it waits only to leave room for others. */
  private yields = false;
  private search: Search | null = null;
  private dialledAt = 0;
  /** Until then a large frame may still be on its way. */
  private sendingUntil = 0;
  /** What the last welcome took. */
  private usualMs = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private watchTimer: ReturnType<typeof setTimeout> | undefined;
  /** Outdated attempts see that they are by this number. */
  private generation = 0;

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  get state(): ConnectionState {
    return this.current;
  }

  start(): void {
    if (this.current.kind === 'stopped' || this.current.kind === 'refused') {
      this.attempt = 0;
      this.asks = true;
      void this.open();
    }
  }

  stop(): void {
    this.drop();
    this.become({ kind: 'stopped' });
  }

  /** Try now: the network is back, the tab is in front again, or the reader pressed the button. */
  retryNow(): void {
    const { kind } = this.current;
    if (kind === 'online') {
      this.ping();
    } else if (kind !== 'stopped' && kind !== 'connecting' && kind !== 'silent') {
      this.attempt = 0;
      void this.open();
    }
  }

  /**
   * The network is said to be gone. The line is tried again all the same: a hub on the reader's own
   * machine is reached without any network.
   */
  networkLost(): void {
    if (this.current.kind === 'stopped' || this.current.kind === 'refused') return;
    this.drop();
    this.comeBack(0, true);
  }

  /** The hub at the other end has said that it is leaving: another one is looked for. */
  leave(): void {
    if (this.held) this.lost(CLOSE.hubLeaving);
  }

  /** False if there is no line: the caller keeps the frame for the next welcome. */
  send(frame: ClientFrame): boolean {
    if (!this.held || !this.socket) {
      if (this.yields) void this.open();
      return false;
    }
    const data = JSON.stringify(frame);
    this.socket.send(data);
    this.allowFor(data);
    if (frame.type !== 'ping' && !this.pinged) this.watchFor(ANSWER_MS);
    return true;
  }

  /** A prompt with files, cut off and sent again by an impatient line, would never arrive. */
  private allowFor(data: string): void {
    const bytes = data.length * 3 > SMALL_BYTES ? new TextEncoder().encode(data).length : 0;
    if (bytes <= SMALL_BYTES) return;
    const begin = Math.max(this.now(), this.sendingUntil);
    this.sendingUntil = begin + (bytes / SLOW_BYTES_PER_S) * 1_000;
  }

  /** Whether there is a line, though it may be silent. */
  private get held(): boolean {
    return this.current.kind === 'online' || this.current.kind === 'silent';
  }

  private async open(): Promise<void> {
    this.drop();
    const mine = this.generation;
    if (this.current.kind !== 'offline') this.become({ kind: 'connecting' });
    if (!this.asks) {
      this.dial();
      return;
    }
    this.watch(AUTHORIZE_MS, () => this.lost(0));
    let authorization: Authorization;
    try {
      authorization = await this.options.authorize(AUTHORIZE_MS);
    } catch {
      authorization = 'later';
    }
    if (mine !== this.generation) return;
    if (authorization === 'sign-in') {
      this.signIn();
    } else if (authorization === 'later') {
      this.comeBack();
    } else {
      this.dial();
    }
  }

  private signIn(): void {
    this.stop();
    this.options.onSignIn();
  }

  private dial(): void {
    this.listen(this.socketToAHub());
    this.watch(WELCOME_MS, () => this.lost(0));
  }

  private socketToAHub(): WebSocket {
    const Socket = this.options.WebSocket ?? WebSocket;
    this.dialledAt = this.now();
    return new Socket(this.options.url);
  }

  private listen(socket: WebSocket): void {
    this.socket = socket;
    socket.onmessage = (event: MessageEvent) => {
      if (socket === this.socket && typeof event.data === 'string') this.hear(event.data);
    };
    socket.onclose = (event: CloseEvent) => {
      if (socket === this.socket) this.lost(event.code);
    };
  }

  private hear(data: string): void {
    const frame = parseHubFrame(data);
    if (frame?.type === 'welcome') {
      this.welcomedAt = this.now();
      this.usualMs = this.welcomedAt - this.dialledAt;
      this.asks = false;
      this.become({ kind: 'online' });
    } else if (this.now() - this.welcomedAt > STABLE_MS) {
      // Not at the welcome already: a hub that greets and falls over must not be hammered.
      this.attempt = 0;
    }
    if (frame?.type === 'welcome' || frame?.type === 'pong') this.spreadMs = frame.spreadMs ?? 0;
    this.pinged = false;
    this.search?.end();
    if (this.current.kind === 'silent') this.become({ kind: 'online' });
    if (this.held) this.watchFor(PING_MS);
    if (frame && frame.type !== 'pong') this.options.onFrame(frame);
  }

  /** Asks after a silence: a short one while an answer is awaited. */
  private watchFor(ms: number): void {
    this.watch(this.options.awaits() ? AWAITED_MS : ms, () => this.ping());
  }

  private ping(): void {
    this.send({ type: 'ping', t: this.now() });
    this.pinged = true;
    if (this.options.awaits()) this.watch(DOUBT_MS, () => this.seek());
    else this.watch(PONG_MS, () => this.lost(0));
  }

  /** The hub may only be slow: its line is kept until it speaks, or another hub does. */
  private seek(): void {
    this.watch(PONG_MS - DOUBT_MS, () => this.lost(0));
    this.become({ kind: 'silent' });
    this.search = new Search({
      dial: () => this.socketToAHub(),
      usualMs: this.usualMs,
      authorize: this.options.authorize,
      sessionEnded: CLOSE.sessionEnded,
      onFound: (socket, welcome) => this.change(socket, welcome),
      onSignIn: () => this.signIn(),
    });
  }

  private change(socket: WebSocket, welcome: string): void {
    this.drop();
    // One that does not hold either is followed by the usual delays.
    this.attempt++;
    this.listen(socket);
    this.hear(welcome);
  }

  private lost(closeCode: number): void {
    this.drop();
    // The cookie has run out, as it does every few minutes: asking renews it.
    const renews = closeCode === CLOSE.sessionEnded && !this.asks && !this.held;
    this.asks = closeCode === CLOSE.sessionEnded || !this.held;
    if (renews) {
      this.attempt++;
      void this.open();
    } else if (NO_RETURN.has(closeCode)) {
      this.become({ kind: 'refused', closeCode });
    } else {
      this.comeBack(closeCode);
    }
  }

  private comeBack(closeCode = 0, offline = this.options.isOnline?.() === false): void {
    const delay = this.delay(closeCode);
    this.yields = this.attempt === 0 && this.held && !offline;
    this.attempt++;
    const retryAt = this.now() + delay;
    this.become(
      offline ? { kind: 'offline' } : { kind: 'waiting', attempt: this.attempt, retryAt },
    );
    this.retryTimer = setTimeout(() => void this.open(), delay);
  }

  /**
   * The first attempt after a line that had held comes at once, because another hub answers at the
   * same address, or, where nothing is awaited and the hub had many sockets, within the time that it
   * told; a hub that greets and falls over does not get there, as its line never held.
   */
  private delay(closeCode: number): number {
    const random = (this.options.random ?? Math.random)();
    if (this.attempt === 0 && this.held) {
      // This hub is alive and waits for this one client: nobody else has to be spared.
      if (closeCode === CLOSE.slowReader) return 0;
      const spread = this.options.awaits() ? 0 : this.spreadMs;
      return Math.round(Math.max(AT_ONCE_MS, spread) * random);
    }
    const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, this.attempt - 1));
    return Math.round(ceiling * (0.25 + 0.75 * random));
  }

  private drop(): void {
    this.generation++;
    this.pinged = false;
    this.yields = false;
    this.sendingUntil = 0;
    this.search?.end();
    clearTimeout(this.retryTimer);
    clearTimeout(this.watchTimer);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= 1) socket.close(1000);
  }

  private watch(ms: number, what: () => void): void {
    clearTimeout(this.watchTimer);
    this.watchTimer = setTimeout(what, ms + Math.max(0, this.sendingUntil - this.now()));
  }

  private become(state: ConnectionState): void {
    this.current = state;
    this.options.onState(state);
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}
