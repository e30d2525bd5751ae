import { describe, expect, it } from 'vitest';
import { ApiError, type Share, type SharedConversation } from '../src/net/api';
import { Shared } from '../src/state/shared.svelte';
import { Shares } from '../src/state/shares.svelte';

const share = (id: string): Share => ({
  id,
  address: `address-of-${id}`,
  conversationId: 'c',
  title: 'Tides',
  createdAt: '2026-11-26T10:00:00Z',
  expiresAt: '2026-12-26T10:00:00Z',
});

const refusal = (status: number, code: string) =>
  new ApiError(status, { code, args: {}, message: '', retryable: status >= 500 });

/** A hub that keeps shares and can be told what to refuse. */
class FakeHub {
  kept = [share('old')];
  refuses: ApiError | null = null;
  asked: string[] = [];

  async shares(conversationId: string | null): Promise<Share[]> {
    this.asked.push(`list ${conversationId}`);
    if (this.refuses) throw this.refuses;
    return this.kept;
  }

  async makeShare(conversationId: string, messageId: string, days: number): Promise<Share> {
    this.asked.push(`make ${conversationId} ${messageId} ${days}`);
    if (this.refuses) throw this.refuses;
    return share('new');
  }

  async endShare(id: string): Promise<void> {
    this.asked.push(`end ${id}`);
    if (this.refuses) throw this.refuses;
  }
}

const ids = (shares: Shares) => shares.items.map(({ id }) => id);

describe('one’s own shares', () => {
  it('are those of the chat, with what was made in front', async () => {
    const hub = new FakeHub();
    const shares = new Shares(hub, 'c');
    const loading = shares.load();
    const made = await shares.make('c', 'm', 7);
    await loading;
    expect(made.address).toBe('address-of-new');
    expect(ids(shares)).toEqual(['new', 'old']);
    expect(hub.asked).toEqual(['list c', 'make c m 7']);
  });

  it('go when they are ended, also when they are gone already, and stay when that failed', async () => {
    const hub = new FakeHub();
    hub.kept = [share('a'), share('b'), share('c')];
    const shares = new Shares(hub, null);
    await shares.load();
    await shares.end('a');
    hub.refuses = refusal(404, 'not_found');
    await shares.end('b');
    hub.refuses = refusal(503, 'database_unavailable');
    await expect(shares.end('c')).rejects.toBe(hub.refuses);
    expect(ids(shares)).toEqual(['c']);
  });

  it('can be asked for again when they could not be read', async () => {
    const hub = new FakeHub();
    hub.refuses = refusal(0, 'offline');
    const shares = new Shares(hub, null);
    await shares.load();
    expect([shares.failed, shares.loaded]).toEqual([true, false]);
    hub.refuses = null;
    await shares.load();
    expect([shares.failed, shares.loaded, ids(shares)]).toEqual([false, true, ['old']]);
  });
});

describe('the page of a share', () => {
  const read = (title: string): SharedConversation => ({
    title,
    author: 'Ada',
    own: false,
    createdAt: '2026-11-26T10:00:00Z',
    expiresAt: '2026-12-26T10:00:00Z',
    messages: [],
  });

  it('shows what was opened last, whichever answer comes first', async () => {
    const answers = new Map<string, (read: SharedConversation) => void>();
    const shared = new Shared({
      share: (address) => new Promise((done) => answers.set(address, done)),
    });
    const first = shared.open('one');
    const second = shared.open('two');
    answers.get('two')!(read('Two'));
    answers.get('one')!(read('One'));
    await Promise.all([first, second]);
    expect(shared.conversation?.title).toBe('Two');
    await shared.open(null);
    expect([shared.address, shared.conversation]).toEqual([null, null]);
  });

  it('says why there is nothing to show', async () => {
    const shared = new Shared({ share: () => Promise.reject(refusal(404, 'not_found')) });
    await shared.open('gone');
    expect([shared.address, shared.conversation, shared.problem?.code]).toEqual([
      'gone',
      null,
      'not_found',
    ]);
  });
});
