import { beforeEach, describe, expect, it } from 'vitest';
import type { Conversation, StoredMessage } from '../src/net/api';
import type { ClientFrame, HubFrame } from '../src/protocol/frames';
import { Chat } from '../src/state/chat.svelte';

const usage = { promptTokens: 1, completionTokens: 1 };

/** As much of a hub as two tabs of one user need: one conversation with one answer. */
class Hub {
  text = '';
  stored: StoredMessage[] = [];
  running = false;
  private readonly sockets: ((frame: HubFrame) => void)[] = [];
  private readonly followers = new Set<(frame: HubFrame) => void>();

  open(): Chat {
    const hear = (frame: HubFrame) => chat.onFrame(frame);
    const chat = new Chat({
      api: { conversation: () => Promise.resolve(this.conversation()) },
      send: (frame) => {
        this.take(frame, hear);
        return true;
      },
      newId: () => `id-${Math.random()}`,
      onNamed: () => {},
      onSaved: () => {},
      onUnsent: () => {},
      onFilesLeft: () => {},
      onHubLeaving: () => {},
      onError: () => {},
    });
    this.sockets.push(hear);
    return chat;
  }

  write(more: string): void {
    const from = this.text.length;
    this.text += more;
    this.tell({ type: 'delta', generationId: 'g', epoch: 1, choice: 0, from, text: more });
  }

  end(reason: 'done' | 'stopped'): void {
    this.running = false;
    const answer = this.stored.at(-1)!;
    answer.status = reason === 'done' ? 'complete' : 'stopped';
    const length = this.text.length;
    this.tell({ type: 'generation.finished', generationId: 'g', epoch: 1, reason, length, usage });
    this.changed();
  }

  private take(frame: ClientFrame, hear: (frame: HubFrame) => void): void {
    if (frame.type === 'chat.send') this.begin(frame, hear);
    else if (frame.type === 'chat.stop') this.end('stopped');
    else if (frame.type === 'resume') this.resume(frame.position, hear);
  }

  private begin(frame: ClientFrame & { type: 'chat.send' }, hear: (frame: HubFrame) => void): void {
    const base = { createdAt: '', status: 'complete' as const };
    this.stored = [
      { ...base, id: 'u', parentId: null, role: 'user', text: frame.text },
      {
        ...base,
        id: 'a',
        parentId: 'u',
        role: 'assistant',
        text: '',
        status: 'running',
        generation: { id: 'g', epoch: 1, position: 0 },
      },
    ];
    this.running = true;
    this.followers.add(hear);
    hear({
      type: 'chat.saved',
      id: frame.id,
      conversationId: 'c',
      title: 'T',
      userMessageId: 'u',
      answerId: 'a',
      generationId: 'g',
      epoch: 1,
    });
    this.changed();
  }

  private resume(position: number, hear: (frame: HubFrame) => void): void {
    hear({ type: 'resumed', generationId: 'g', epoch: 1, mode: 'continue', position });
    const text = this.text.slice(position);
    if (text) hear({ type: 'delta', generationId: 'g', epoch: 1, choice: 0, from: position, text });
    if (this.running) this.followers.add(hear);
  }

  private conversation(): Conversation {
    // The store lags behind what was shown.
    const text = this.running ? this.text.slice(0, -2) : this.text;
    return {
      id: 'c',
      title: 'T',
      messages: this.stored.map((m) => (m.role === 'assistant' ? { ...m, text } : { ...m })),
    };
  }

  private tell(frame: HubFrame): void {
    this.followers.forEach((hear) => hear(frame));
  }

  private changed(): void {
    const news = { type: 'conversation.changed', conversationId: 'c', title: 'T' } as const;
    this.sockets.forEach((hear) => hear({ ...news, updatedAt: '' }));
  }
}

describe('two tabs of one user', () => {
  let hub: Hub;
  let mine: Chat;
  let other: Chat;
  const texts = (chat: Chat) =>
    chat.path.map(({ message }) => message.answer?.text ?? message.text);
  const settle = () => new Promise((done) => setTimeout(done, 200));

  beforeEach(async () => {
    hub = new Hub();
    mine = hub.open();
    other = hub.open();
    await other.open('c');
  });

  it('both follow an answer that one of them asked for', async () => {
    mine.send('Hi', null);
    hub.write('Hello');
    await settle();
    expect(texts(other)).toEqual(['Hi', 'Hello']);
    hub.write(' there');
    expect(texts(other)).toEqual(['Hi', 'Hello there']);
    hub.end('done');
    expect([mine.running, other.running]).toEqual([null, null]);
    expect(texts(mine)).toEqual(texts(other));
  });

  it.each(['the tab that asked', 'the other tab'])('are both told of a stop by %s', async (who) => {
    mine.send('Hi', null);
    hub.write('Hello');
    await settle();
    (who === 'the other tab' ? other : mine).stop();
    for (const chat of [mine, other]) {
      expect([chat.running, chat.stopping.size]).toEqual([null, 0]);
      expect(chat.path.at(-1)?.message.answer?.ending).toBe('stopped');
    }
  });

  it('opened in the middle, shows the text so far and follows', async () => {
    mine.send('Hi', null);
    hub.write('Hello');
    const late = hub.open();
    await late.open('c');
    expect(texts(late)).toEqual(['Hi', 'Hello']);
    hub.write('!');
    hub.end('done');
    expect(texts(late)).toEqual(['Hi', 'Hello!']);
    expect(late.path.at(-1)?.message.answer?.ending).toBe('done');
  });
});
