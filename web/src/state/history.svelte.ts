import { ApiError, type Api, type ConversationSummary } from '../net/api';

const PAGE = 50;
const REFRESH_MS = 400;
/** A list that could not be loaded is tried again by itself. */
export const REFRESH_AGAIN_MS = 5_000;

/** The list of chats at the side: newest first, a page at a time, kept true by the hub's frames. */
export class History {
  items: readonly ConversationSummary[] = $state.raw([]);
  next: string | null = $state(null);
  loading = $state(false);
  loaded = $state(false);
  failed = $state(false);
  private readonly api: Api;
  /** Counts the readers: what was asked for one is not for the next. */
  private view = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.api = api;
  }

  /** The first page again; what was loaded beyond it stays. */
  async refresh(): Promise<void> {
    await this.page(null, (items, next) => {
      const fresh = new Set(items.map((item) => item.id));
      const oldest = items.at(-1)?.updatedAt ?? '';
      // What the new first page would have to show but does not was deleted elsewhere.
      const older =
        next === null
          ? []
          : this.items.filter((item) => !fresh.has(item.id) && item.updatedAt < oldest);
      if (!this.loaded || next === null || older.length === 0) this.next = next;
      this.items = [...items, ...older];
      this.loaded = true;
    });
  }

  async more(): Promise<void> {
    if (this.next === null) return;
    await this.page(this.next, (items, next) => {
      const held = new Set(this.items.map((item) => item.id));
      this.items = [...this.items, ...items.filter((item) => !held.has(item.id))];
      this.next = next;
    });
  }

  /** Soon, once: several frames in a row ask for one look at the store. */
  refreshSoon(ms = REFRESH_MS): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), ms);
  }

  /** A chat was made, renamed or moved up. */
  changed(id: string, change: Partial<Omit<ConversationSummary, 'id'>>): void {
    const old = this.items.find((item) => item.id === id);
    const item = {
      title: '',
      updatedAt: new Date().toISOString(),
      running: null,
      ...old,
      ...change,
      id,
    };
    this.items = [item, ...this.items.filter((other) => other.id !== id)].sort((a, b) =>
      a.updatedAt < b.updatedAt ? 1 : a.updatedAt > b.updatedAt ? -1 : 0,
    );
  }

  ended(generationId: string): void {
    if (this.items.some((item) => item.running === generationId)) {
      this.items = this.items.map((item) =>
        item.running === generationId ? { ...item, running: null } : item,
      );
    }
  }

  removed(id: string): void {
    this.items = this.items.filter((item) => item.id !== id);
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.items;
    this.items = before.map((item) => (item.id === id ? { ...item, title } : item));
    try {
      await this.api.rename(id, title);
    } catch (e) {
      this.items = before;
      throw e;
    }
  }

  async remove(id: string): Promise<void> {
    const before = this.items;
    this.removed(id);
    try {
      await this.api.remove(id);
    } catch (e) {
      // Deleted in another tab: just what was asked for.
      if (e instanceof ApiError && e.status === 404) return;
      this.items = before;
      throw e;
    }
  }

  clear(): void {
    this.view++;
    clearTimeout(this.timer);
    this.items = [];
    this.next = null;
    this.loaded = false;
    this.failed = false;
  }

  private async page(
    before: string | null,
    take: (items: readonly ConversationSummary[], next: string | null) => void,
  ): Promise<void> {
    if (this.loading) {
      if (before === null) this.refreshSoon();
      return;
    }
    const { view } = this;
    this.loading = true;
    try {
      const page = await this.api.conversations(before, PAGE);
      if (view !== this.view) return;
      this.failed = false;
      take(page.items, page.next);
    } catch (e) {
      if (view !== this.view) return;
      this.failed = true;
      if (before === null && (!(e instanceof ApiError) || e.body.retryable)) {
        this.refreshSoon(REFRESH_AGAIN_MS);
      }
    } finally {
      this.loading = false;
    }
  }
}
