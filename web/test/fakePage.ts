import { vi } from 'vitest';
import { Connection, type Authorization, type ConnectionState } from '../src/net/connection';
import type { HubFrame } from '../src/protocol/frames';
import { FakeSocket, welcome } from './fakeSocket';

/**
 * The page at the near end of a connection over fake sockets: what it answers when asked, which a
 * test may change at any time, and what it was told. Its time is the faked one.
 */
export class FakePage {
  authorization: Authorization | Promise<Authorization> = 'ok';
  awaits = false;
  isOnline = true;
  /** The longest delay there can be. */
  random = 1;

  readonly states: ConnectionState[] = [];
  readonly frames: HubFrame[] = [];
  /** How often it was asked who is signed in, and how often for a sign-in. */
  authorized = 0;
  signIns = 0;

  readonly connection = new Connection({
    url: 'ws://test/ws',
    authorize: () => {
      this.authorized++;
      return Promise.resolve(this.authorization);
    },
    onFrame: (frame) => this.frames.push(frame),
    onState: (state) => this.states.push(state),
    onSignIn: () => this.signIns++,
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    random: () => this.random,
    isOnline: () => this.isOnline,
    awaits: () => this.awaits,
  });

  constructor() {
    FakeSocket.all = [];
  }

  get state(): ConnectionState | undefined {
    return this.states.at(-1);
  }

  get kind(): ConnectionState['kind'] | undefined {
    return this.state?.kind;
  }

  /** Starts the connection, and a hub welcomes it. */
  async online(): Promise<void> {
    this.connection.start();
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.hear(welcome);
  }
}
