import { ApiError, type Api, type SearchHit } from '../net/api';

const DEBOUNCE_MS = 300;
/** The hub looks through a bounded number of messages at a time; so often it is asked on by itself. */
const ROUNDS_A_TIME = 5;
const AGAIN_MS = 1_000;

/** Search in one's own chats: what was typed last, and what has been found of it by now. */
export class Find {
  text = $state('');
  hits: readonly SearchHit[] = $state.raw([]);
  /** Where the hub would go on; null when it has looked through everything. */
  next: string | null = $state(null);
  busy = $state(false);
  failed = $state(false);
  private readonly api: Api;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts what was typed: an answer to something older is dropped. */
  private asked = 0;

  constructor(api: Api) {
    this.api = api;
  }

  get active(): boolean {
    return this.text.trim() !== '';
  }

  type(text: string): void {
    this.clear();
    this.text = text;
    if (!this.active) return;
    this.busy = true;
    this.timer = setTimeout(() => void this.look(null), DEBOUNCE_MS);
  }

  async more(): Promise<void> {
    if (this.next !== null && !this.busy) await this.look(this.next);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.asked++;
    this.text = '';
    this.hits = [];
    this.next = null;
    this.busy = false;
    this.failed = false;
  }

  private async look(from: string | null): Promise<void> {
    const asked = this.asked;
    this.busy = true;
    this.failed = false;
    try {
      let before = from;
      for (let round = 0; round < ROUNDS_A_TIME; round++) {
        const found = await this.api.search(this.text.trim(), before);
        if (asked !== this.asked) return;
        this.hits = [...this.hits, ...found.hits];
        this.next = before = found.next;
        if (before === null || found.hits.length > 0) break;
      }
    } catch (e) {
      if (asked !== this.asked) return;
      if (e instanceof ApiError && e.code === 'rate_limited') {
        // The search for what was typed before is still under way.
        this.timer = setTimeout(() => void this.look(from), AGAIN_MS);
        return;
      }
      this.failed = true;
    }
    this.busy = false;
  }
}
