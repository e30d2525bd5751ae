import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Conversation } from '../src/net/api';
import type { ClientFrame, ErrorBody, HubFrame } from '../src/protocol/frames';
import { Chat, RELOAD_AGAIN_MS } from '../src/state/chat.svelte';
import { MOST_QUIET_MS, QUIET_MS, RECOVERING_MS, REFUSED_MS } from '../src/state/following';

const usage = { promptTokens: 1, completionTokens: 1 };
const refusal = (code: string): ErrorBody => ({ code, args: {}, message: code, retryable: true });

describe('Chat', () => {
  let online: boolean;
  let sent: ClientFrame[];
  let stored: Conversation | null;
  let failure: ErrorBody | null;
  let loads: number;
  let named: string[];
  let confirmed: string[];
  let errors: ErrorBody[];
  let unsent: [string | null, string][];
  let departures: number;
  let chat: Chat;
  let ids: number;

  const types = () => sent.map((frame) => frame.type);
  const texts = () => chat.path.map(({ message }) => message.answer?.text ?? message.text);
  const settle = () => new Promise((done) => setTimeout(done, 0));
  const saved = (id: string, generationId = 'g1', more = {}): HubFrame => ({
    type: 'chat.saved',
    id,
    conversationId: 'c1',
    title: 'A title',
    userMessageId: `user-${id}`,
    answerId: `assistant-${id}`,
    generationId,
    epoch: 1,
    ...more,
  });
  const delta = (from: number, text: string, generationId = 'g1'): HubFrame => ({
    type: 'delta',
    generationId,
    epoch: 1,
    choice: 0,
    from,
    text,
  });
  const finished = (length: number, generationId = 'g1'): HubFrame => ({
    type: 'generation.finished',
    generationId,
    epoch: 1,
    reason: 'done',
    length,
    usage,
  });

  beforeEach(() => {
    online = true;
    sent = [];
    stored = null;
    failure = null;
    loads = 0;
    named = [];
    confirmed = [];
    errors = [];
    unsent = [];
    departures = 0;
    ids = 0;
    chat = new Chat({
      api: {
        conversation: async () => {
          loads++;
          await Promise.resolve();
          if (failure) throw new ApiError(503, failure);
          if (!stored) throw new ApiError(404, refusal('not_found'));
          return stored;
        },
      },
      send: (frame) => {
        if (online) sent.push(frame);
        return online;
      },
      newId: () => `id-${++ids}`,
      onNamed: (id) => named.push(id),
      onSaved: (id) => confirmed.push(id),
      onUnsent: (id, text) => unsent.push([id, text]),
      onFilesLeft: () => {},
      onHubLeaving: () => departures++,
      onError: (error) => errors.push(error),
    });
  });

  function play(...frames: HubFrame[]) {
    for (const frame of frames) chat.onFrame(frame);
  }

  it('shows a prompt at once, and its answer as it is written', () => {
    const id = chat.send('Hi', 'm');
    expect(sent).toEqual([
      { type: 'chat.send', id, conversationId: null, parentId: null, model: 'm', text: 'Hi' },
    ]);
    expect(texts()).toEqual(['Hi', '']);
    const keys = chat.path.map(({ message }) => message.key);
    play(saved(id), delta(0, 'Hel'), delta(3, 'lo'), finished(5));
    expect(texts()).toEqual(['Hi', 'Hello']);
    expect(chat.path.map(({ message }) => message.key)).toEqual(keys);
    expect(chat.running).toBeNull();
    expect([chat.id, chat.title, named, confirmed]).toEqual(['c1', 'A title', ['c1'], [id]]);
  });

  it('continues below the last answer that is stored', () => {
    play(saved(chat.send('one', null)), finished(0));
    chat.send('two', null);
    expect(sent.at(-1)).toMatchObject({ conversationId: 'c1', parentId: 'assistant-id-1' });
  });

  it('sends again what was not confirmed, under the same id', () => {
    online = false;
    const id = chat.send('Hi', null);
    expect(sent).toEqual([]);
    online = true;
    chat.welcomed(false);
    chat.welcomed(true);
    expect(sent.map((frame) => 'id' in frame && frame.id)).toEqual([id, id]);
    play(saved(id));
    chat.welcomed(true);
    expect(types()).toEqual(['chat.send', 'chat.send', 'resume']);
  });

  it('resumes a running answer from where it stands after a reconnect', () => {
    play(saved(chat.send('Hi', null)), delta(0, '你好👋'));
    chat.welcomed(true);
    expect(sent.at(-1)).toEqual({ type: 'resume', generationId: 'g1', epoch: 1, position: 3 });
  });

  it('asks once for a gap, and goes on after it', () => {
    play(saved(chat.send('Hi', null)), delta(0, 'ab'), delta(3, 'd'), delta(4, 'e'));
    expect(types().filter((type) => type === 'resume')).toHaveLength(1);
    play(
      { type: 'resumed', generationId: 'g1', epoch: 1, mode: 'continue', position: 2 },
      delta(2, 'cde'),
      finished(5),
    );
    expect(texts()).toEqual(['Hi', 'abcde']);
  });

  it('gives up resuming a stream that never fits, and looks into the store', async () => {
    play(saved(chat.send('Hi', null)));
    stored = { id: 'c1', title: 'T', messages: [] };
    for (let i = 0; i < 40; i++) {
      play(delta(7, 'x'), {
        type: 'resumed',
        generationId: 'g1',
        epoch: 1,
        mode: 'continue',
        position: 0,
      });
      await settle();
    }
    expect(types().filter((type) => type === 'resume').length).toBeLessThan(20);
    expect(loads).toBeGreaterThan(0);
  });

  it('stops an answer, even one that was not confirmed yet', () => {
    const id = chat.send('Hi', null);
    chat.stop();
    expect(sent.filter((frame) => frame.type === 'chat.stop')).toEqual([]);
    play(saved(id));
    expect(sent.at(-1)).toEqual({ type: 'chat.stop', generationId: 'g1' });
    expect(chat.stopping.has('g1')).toBe(true);
    play({ ...finished(0), reason: 'stopped' } as HubFrame);
    expect(chat.stopping.size).toBe(0);
    expect(chat.path.at(-1)?.message.answer?.ending).toBe('stopped');
  });

  it('shows why a prompt was refused, and sends it again under a new id', () => {
    const id = chat.send('Hi', null);
    play({ type: 'error', ref: id, error: refusal('no_node') });
    const [shown] = chat.path;
    expect(shown?.message.sending).toMatchObject({ status: 'failed', error: { code: 'no_node' } });
    expect(chat.running).toBeNull();
    chat.sendAgain(shown!.message, null);
    expect(sent.at(-1)).toMatchObject({ id: 'id-2', text: 'Hi', parentId: null });
    expect(texts()).toEqual(['Hi', '']);
  });

  const sensitive = (code: string): ErrorBody => ({
    ...refusal(code),
    args: {
      kinds: ['phone'],
      spans: [{ kind: 'phone', start: 0, end: 2, startUtf16: 0, endUtf16: 2 }],
    },
  });

  it('sends what was found sensitive again with the confirmation of its writer', () => {
    const id = chat.send('13800138000', null);
    play({ type: 'error', ref: id, error: sensitive('sensitive_unconfirmed') });
    const [shown] = chat.path;
    expect(shown?.message.sending?.error?.code).toBe('sensitive_unconfirmed');
    const again = chat.sendAgain(shown!.message, null, ['phone']);
    expect(sent.at(-1)).toMatchObject({ id: again, text: '13800138000', confirm: ['phone'] });
    play(saved(again, 'g1', { masked: 2 }));
    expect(chat.path.at(-1)?.message.masked).toBe(true);
  });

  it('asks before another answer to what is found sensitive now', () => {
    play(saved(chat.send('Hi', null)), finished(0));
    const answer = chat.path.at(-1)!.message;
    expect(answer.masked).toBe(false);
    chat.retry(answer);
    play({ type: 'error', ref: 'id-2', error: sensitive('sensitive_unconfirmed') });
    expect(errors).toEqual([]);
    expect(chat.refusedRetry).toMatchObject({ message: { id: answer.id } });
    chat.retry(chat.refusedRetry!.message, ['phone']);
    expect(chat.refusedRetry).toBeNull();
    expect(sent.at(-1)).toMatchObject({ messageId: answer.id, confirm: ['phone'] });
    play({ type: 'error', ref: 'id-3', error: sensitive('sensitive_refused') });
    chat.send('Something else', null);
    expect(chat.refusedRetry).toBeNull();
  });

  it('never lets a prompt follow one that was refused', () => {
    play(saved(chat.send('one', null)), finished(0));
    const id = chat.send('two', null);
    play({ type: 'error', ref: id, error: refusal('overloaded') });
    chat.send('three', null);
    expect(sent.at(-1)).toMatchObject({ parentId: 'assistant-id-1' });
    expect(texts()).toEqual(['one', '', 'three', '']);
  });

  it('writes a retried answer beside the first, and shows either', () => {
    play(saved(chat.send('Hi', null)), delta(0, 'first'), finished(5));
    chat.retry(chat.path.at(-1)!.message);
    expect(sent.at(-1)).toEqual({ type: 'chat.retry', id: 'id-2', messageId: 'assistant-id-1' });
    play(
      saved('id-2', 'g2', { userMessageId: 'user-id-1' }),
      delta(0, 'second', 'g2'),
      finished(6, 'g2'),
    );
    expect(texts()).toEqual(['Hi', 'second']);
    expect(chat.path.at(-1)).toMatchObject({
      version: 1,
      versions: [{}, {}].map((_, i) => `assistant-id-${i + 1}`),
    });
    chat.choose('user-id-1', 'assistant-id-1');
    expect(texts()).toEqual(['Hi', 'first']);
  });

  it('follows what another tab asked in the chat that is open here', async () => {
    stored = { id: 'c1', title: 'T', messages: [] };
    await chat.open('c1');
    const message = { parentId: null, createdAt: '', status: 'complete' as const };
    stored.messages = [
      { ...message, id: 'u', role: 'user', text: 'there' },
      {
        ...message,
        id: 'a',
        parentId: 'u',
        role: 'assistant',
        text: 'ab',
        status: 'running',
        generation: { id: 'g9', epoch: 1, position: 2 },
      },
    ];
    play(saved('of-the-other-tab', 'g9'));
    await settle();
    expect(sent.at(-1)).toEqual({ type: 'resume', generationId: 'g9', epoch: 1, position: 2 });
    play(
      { type: 'resumed', generationId: 'g9', epoch: 1, mode: 'continue', position: 2 },
      delta(2, 'c', 'g9'),
      finished(3, 'g9'),
    );
    expect(texts()).toEqual(['there', 'abc']);
  });

  it('reads the store again when another tab has written here, but not for its own news', async () => {
    play(saved(chat.send('Hi', null)), delta(0, 'Hello'));
    stored = { id: 'c1', title: 'T', messages: [] };
    const changed = (conversationId: string): HubFrame => ({
      type: 'conversation.changed',
      conversationId,
      title: 'New title',
      updatedAt: '2026-11-23T20:00:00Z',
    });
    play(changed('c1'), finished(5), changed('c1'));
    await new Promise((done) => setTimeout(done, 250));
    expect(loads).toBe(0);
    expect(chat.title).toBe('New title');
    await chat.open('c2');
    loads = 0;
    play(changed('c1'), changed('c2'), changed('c2'));
    await new Promise((done) => setTimeout(done, 250));
    expect(loads).toBe(1);
  });

  it('shows nothing twice when the store was read before the confirmation was heard', async () => {
    play(saved(chat.send('one', null)), finished(0));
    const id = chat.send('two', null);
    const base = { createdAt: '', status: 'complete' as const };
    stored = {
      id: 'c1',
      title: 'T',
      messages: [
        { ...base, id: 'user-id-1', parentId: null, role: 'user', text: 'one' },
        { ...base, id: 'assistant-id-1', parentId: 'user-id-1', role: 'assistant', text: '' },
        { ...base, id: `user-${id}`, parentId: 'assistant-id-1', role: 'user', text: 'two' },
      ],
    };
    await chat.reload();
    play(saved(id, 'g2'), delta(0, 'yes', 'g2'));
    expect(texts()).toEqual(['one', '', 'two', 'yes']);
    expect(chat.path.map(({ versions }) => versions.length)).toEqual([1, 1, 1, 1]);
    expect(chat.messages).toHaveLength(4);
  });

  it('shows a chat at once when going back to it, without what was being sent', async () => {
    play(saved(chat.send('one', null)), delta(0, 'yes'), finished(3));
    chat.send('two', null);
    stored = { id: 'c2', title: 'Other', messages: [] };
    await chat.open('c2');
    void chat.open('c1');
    expect(texts()).toEqual(['one', 'yes']);
  });

  it('keeps an answer out of the chat that was opened meanwhile', async () => {
    const id = chat.send('Hi', null);
    stored = { id: 'c2', title: 'Other', messages: [] };
    await chat.open('c2');
    play(saved(id), delta(0, 'Hello'));
    expect([chat.id, texts(), named]).toEqual(['c2', [], []]);
    expect(confirmed).toEqual([id]);
  });

  it('goes on where it stands when another machine takes over', () => {
    play(saved(chat.send('Hi', null)), delta(0, 'ab'));
    play({ type: 'generation.recovering', generationId: 'g1', epoch: 1, cause: 'node_lost' });
    expect(chat.running?.answer?.recovering).toBe('node_lost');
    play({ type: 'generation.started', generationId: 'g1', epoch: 1, model: 'm', node: 'n2' });
    play(delta(2, 'cd'), finished(4));
    expect(texts()).toEqual(['Hi', 'abcd']);
    expect(types()).toEqual(['chat.send']);
  });

  it('keeps a prompt for the next hub when this one is leaving', () => {
    const id = chat.send('Hi', null);
    play({ type: 'error', ref: id, error: refusal('hub_leaving') });
    expect([departures, errors, chat.path[0]?.message.sending?.status]).toEqual([1, [], 'sending']);
    chat.welcomed(true);
    expect(sent.map((frame) => 'id' in frame && frame.id)).toEqual([id, id]);
  });

  it('keeps the words of a prompt that the database could not take', async () => {
    const id = chat.send('a long thought', null);
    play({ type: 'error', ref: id, error: refusal('database_unavailable') });
    expect(texts()).toEqual(['a long thought']);
    expect(unsent).toEqual([]);
    stored = { id: 'c2', title: 'Other', messages: [] };
    await chat.open('c2');
    expect(unsent).toEqual([[null, 'a long thought']]);
    const late = chat.send('another', null);
    await chat.open(null);
    play({ type: 'error', ref: late, error: refusal('database_unavailable') });
    expect(unsent.at(-1)).toEqual(['c2', 'another']);
    expect(errors.map((error) => error.code)).toEqual(['database_unavailable']);
  });

  it('sees what another tab asks right after an answer that both have read', async () => {
    play(saved(chat.send('Hi', null)), delta(0, 'Hello'), finished(5));
    stored = { id: 'c1', title: 'T', messages: [] };
    const changed = { type: 'conversation.changed', conversationId: 'c1', title: 'T' } as const;
    play({ ...changed, updatedAt: '1' });
    await new Promise((done) => setTimeout(done, 250));
    expect(loads).toBe(0);
    play({ ...changed, updatedAt: '2' });
    await new Promise((done) => setTimeout(done, 250));
    expect(loads).toBe(1);
  });

  it('tells a chat that does not exist from one that could not be loaded', async () => {
    await chat.open('gone');
    expect(chat.loadError).toBe('not_found');
  });

  it('hands errors that speak of nothing on screen to the page', () => {
    play({ type: 'error', ref: null, error: refusal('bad_field') });
    expect(errors.map((error) => error.code)).toEqual(['bad_field']);
  });

  describe('with an answer that falls silent', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => vi.useRealTimers());

    const resumes = () => sent.filter((frame) => frame.type === 'resume');
    const resumed = (position: number): HubFrame => ({
      type: 'resumed',
      generationId: 'g1',
      epoch: 1,
      mode: 'continue',
      position,
    });
    const recovering: HubFrame = {
      type: 'generation.recovering',
      generationId: 'g1',
      epoch: 1,
      cause: 'node_lost',
    };
    const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

    it('asks for the tail, and takes it with its end', async () => {
      play(saved(chat.send('Hi', null)), delta(0, 'ab'));
      await pass(QUIET_MS - 1);
      expect(resumes()).toEqual([]);
      await pass(1);
      expect(resumes()).toEqual([{ type: 'resume', generationId: 'g1', epoch: 1, position: 2 }]);
      play(resumed(2), delta(2, 'cd'), finished(4));
      expect(texts()).toEqual(['Hi', 'abcd']);
      await pass(10 * MOST_QUIET_MS);
      expect(resumes()).toHaveLength(1);
    });

    it('never asks while text comes', async () => {
      play(saved(chat.send('Hi', null)));
      for (let i = 0; i < 20; i++) {
        play(delta(i, 'x'));
        await pass(QUIET_MS - 1_000);
      }
      expect(resumes()).toEqual([]);
    });

    it('asks ever more slowly while the hub says that nothing has happened', async () => {
      play(saved(chat.send('Hi', null)));
      const times: number[] = [];
      const begin = Date.now();
      for (let i = 0; i < 300; i++) {
        const before = resumes().length;
        await pass(1_000);
        if (resumes().length === before) continue;
        times.push((Date.now() - begin) / 1_000);
        play(resumed(0));
      }
      expect(times).toEqual([10, 30, 70, 130, 190, 250]);
    });

    it('gives a takeover time, and asks then', async () => {
      play(saved(chat.send('Hi', null)), delta(0, 'ab'));
      await pass(QUIET_MS - 1);
      play(recovering);
      await pass(RECOVERING_MS - 1);
      expect(resumes()).toEqual([]);
      await pass(1);
      expect(resumes()).toHaveLength(1);
    });

    it('tries again soon when the hub can’t go on with it just now', async () => {
      play(saved(chat.send('Hi', null)), delta(0, 'ab'));
      chat.welcomed(true);
      const before = resumes().length;
      play({ type: 'error', ref: 'g1', error: refusal('interrupted') });
      await pass(REFUSED_MS - 1);
      expect(resumes()).toHaveLength(before);
      await pass(1);
      expect(resumes()).toHaveLength(before + 1);
    });

    it('repeats a stop that nobody seems to have heard', async () => {
      play(saved(chat.send('Hi', null)), delta(0, 'ab'));
      chat.stop();
      await pass(QUIET_MS);
      expect(types()).toEqual(['chat.send', 'chat.stop', 'resume', 'chat.stop']);
    });

    it('waits for the line before it asks', async () => {
      play(saved(chat.send('Hi', null)), delta(0, 'ab'));
      online = false;
      await pass(5 * MOST_QUIET_MS);
      online = true;
      chat.welcomed(true);
      expect(resumes()).toHaveLength(1);
    });

    it('leaves alone what is not shown, and asks for it when it is again', async () => {
      play(saved(chat.send('Hi', null)), delta(0, 'ab'));
      await chat.open('c2');
      await pass(5 * MOST_QUIET_MS);
      expect(resumes()).toEqual([]);
      stored = { id: 'c1', title: 'T', messages: [] };
      await chat.open('c1');
      expect(resumes()).toHaveLength(1);
    });

    it('reads a chat again by itself that could not be read', async () => {
      failure = refusal('database_unavailable');
      await chat.open('c1');
      expect(chat.loadError).toBe('failed');
      failure = null;
      stored = { id: 'c1', title: 'T', messages: [] };
      await pass(RELOAD_AGAIN_MS);
      expect([chat.loadError, chat.title]).toEqual([null, 'T']);
    });
  });
});
