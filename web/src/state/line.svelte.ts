import type { ConnectionState } from '../net/connection';

/** A short break is not worth a word: most reconnects take less than this. */
export const PATIENCE_MS = 900;
export const BACK_MS = 3_000;

/** The line to the hub as the reader is told of it: only what lasts, and once when it is back. */
export class Line {
  state: ConnectionState = $state.raw({ kind: 'stopped' });
  /** What is wrong with the line and worth a word; null while all is well. */
  trouble: ConnectionState | null = $state.raw(null);
  /** The reader was told of trouble, and it is over since a moment ago. */
  back = $state(false);
  /** Whether the line that is there now, or comes next, is not this page's first. */
  again = false;
  private held = false;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private farewell: ReturnType<typeof setTimeout> | undefined;

  get kind(): ConnectionState['kind'] {
    return this.state.kind;
  }

  become(state: ConnectionState): void {
    this.state = state;
    if (state.kind === 'stopped') this.begin();
    else if (state.kind === 'online') this.online();
    else this.broken(state);
  }

  private begin(): void {
    this.held = false;
    this.again = false;
    this.well();
    this.back = false;
  }

  private online(): void {
    const told = this.trouble !== null;
    this.again = this.held;
    this.held = true;
    this.well();
    if (!told || !this.again) return;
    this.back = true;
    this.farewell = setTimeout(() => (this.back = false), BACK_MS);
  }

  private broken(state: ConnectionState): void {
    this.back = false;
    clearTimeout(this.farewell);
    if (this.trouble || state.kind === 'offline' || state.kind === 'refused') this.trouble = state;
    else this.patience ??= setTimeout(() => (this.trouble = this.state), PATIENCE_MS);
  }

  private well(): void {
    clearTimeout(this.patience);
    clearTimeout(this.farewell);
    this.patience = undefined;
    this.trouble = null;
  }
}
