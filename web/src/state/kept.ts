import type { Message } from './thread';

const MOST = 12;

interface Kept {
  readonly title: string;
  readonly messages: readonly Message[];
}

/** The chats seen last, so that going back to one shows it at once while the store is read. */
export class KeptChats {
  private readonly chats = new Map<string, Kept>();

  get(id: string): Kept | undefined {
    return this.chats.get(id);
  }

  /** What is being sent is left out: its confirmation will not find it here. */
  keep(id: string, title: string, messages: readonly Message[]): void {
    const stored = messages.filter((message) => !message.sending);
    this.chats.delete(id);
    if (stored.length > 0) this.chats.set(id, { title, messages: stored });
    const oldest = this.chats.keys().next();
    if (this.chats.size > MOST && !oldest.done) this.chats.delete(oldest.value);
  }

  clear(): void {
    this.chats.clear();
  }
}
