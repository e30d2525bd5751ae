import { ApiError, type Api, type Share } from '../net/api';

type Calls = Pick<Api, 'shares' | 'makeShare' | 'endShare'>;

/** The reader's own shares: of one chat, or all of them. */
export class Shares {
  items: readonly Share[] = $state.raw([]);
  loaded = $state(false);
  failed = $state(false);
  private readonly api: Calls;
  private readonly conversationId: string | null;

  constructor(api: Calls, conversationId: string | null) {
    this.api = api;
    this.conversationId = conversationId;
  }

  async load(): Promise<void> {
    try {
      const read = await this.api.shares(this.conversationId);
      // What was made while this was on its way is in front.
      const known = new Set(read.map((share) => share.id));
      this.items = [...this.items.filter((share) => !known.has(share.id)), ...read];
      this.failed = false;
      this.loaded = true;
    } catch {
      this.failed = true;
    }
  }

  /** Shares the chat as it is now, down to this message. */
  async make(conversationId: string, messageId: string, days: number): Promise<Share> {
    const share = await this.api.makeShare(conversationId, messageId, days);
    this.items = [share, ...this.items];
    return share;
  }

  async end(id: string): Promise<void> {
    try {
      await this.api.endShare(id);
    } catch (e) {
      // Ended in another tab, or by its time: just what was asked for.
      if (!(e instanceof ApiError) || e.status !== 404) throw e;
    }
    this.items = this.items.filter((share) => share.id !== id);
  }
}
