import { beforeEach, describe, expect, it } from 'vitest';
import type { Conversation } from '../src/net/api';
import { textFile, type Attachment } from '../src/protocol/attachments';
import type { ClientFrame, ErrorBody, HubFrame } from '../src/protocol/frames';
import { Chat } from '../src/state/chat.svelte';

const refusal = (code: string): ErrorBody => ({ code, args: {}, message: code, retryable: true });

describe('a prompt with files', () => {
  const files = [textFile('a.csv', '1;2'), { id: 'f1', name: 'b.txt', bytes: 3 }];
  let online: boolean;
  let sent: ClientFrame[];
  let stored: Conversation;
  let unsent: [string | null, string, readonly Attachment[]][];
  let left: [string, readonly Attachment[]][];
  let chat: Chat;

  beforeEach(() => {
    online = true;
    sent = [];
    unsent = [];
    left = [];
    stored = { id: 'c1', title: 'T', messages: [] };
    let ids = 0;
    chat = new Chat({
      api: { conversation: () => Promise.resolve(stored) },
      send: (frame) => {
        if (online) sent.push(frame);
        return online;
      },
      newId: () => `id-${++ids}`,
      onNamed: () => {},
      onSaved: () => {},
      onUnsent: (...what) => unsent.push(what),
      onFilesLeft: (...what) => left.push(what),
      onHubLeaving: () => {},
      onError: () => {},
    });
  });

  const shown = () => chat.path[0]!.message;
  const inFrame = [{ name: 'a.csv', text: '1;2' }, { id: 'f1' }];
  const refuse = (ref: string, code: string) =>
    chat.onFrame({ type: 'error', ref, error: refusal(code) });
  const saved = (id: string, more = {}): HubFrame => ({
    type: 'chat.saved',
    id,
    conversationId: 'c1',
    title: 'T',
    userMessageId: 'u',
    answerId: 'a',
    generationId: 'g',
    epoch: 1,
    ...more,
  });

  it('sends new ones with their text, and names those that the hub has', () => {
    chat.send('', 'm', { files });
    expect(sent).toMatchObject([{ type: 'chat.send', text: '', files: inFrame }]);
    expect(shown().files).toEqual(files);
  });

  it('is the frame of before without any', () => {
    chat.send('Hi', 'm', { files: [] });
    expect(sent[0]).not.toHaveProperty('files');
  });

  it('is sent again with them after a lost line, under the same id', () => {
    online = false;
    const id = chat.send('Hi', null, { files });
    online = true;
    chat.welcomed(true);
    expect(sent).toMatchObject([{ id, files: inFrame }]);
  });

  it('shows them as the hub has saved them', () => {
    const inStore = [
      { id: 'f2', name: 'a.csv', bytes: 3 },
      { id: 'f3', name: 'b.txt', bytes: 3 },
    ];
    chat.onFrame(saved(chat.send('Hi', null, { files }), { files: inStore }));
    expect(shown()).toMatchObject({ id: 'u', files: inStore, sending: null });
    expect(left).toEqual([]);
  });

  it('gives them back when a hub of before there were any has saved it without them', () => {
    chat.onFrame(saved(chat.send('Hi', null, { files })));
    expect(shown()).toMatchObject({ text: 'Hi', files: [] });
    expect(left).toEqual([['c1', files]]);
    chat.onFrame(saved(chat.send('Hello', null), { userMessageId: 'u2', answerId: 'a2' }));
    expect(left).toHaveLength(1);
  });

  it('shows them as the store has them once that was read', async () => {
    chat.onFrame(saved(chat.send('Hi', null)));
    const inStore = [{ id: 'f2', name: 'a.csv', bytes: 3 }];
    const base = { parentId: null, createdAt: '', status: 'complete' as const };
    stored.messages = [{ ...base, id: 'u', role: 'user', text: 'Hi', files: inStore }];
    await chat.reload();
    expect(shown().files).toEqual(inStore);
  });

  it('is sent again with them after a refusal, confirmed or not', () => {
    refuse(chat.send('Hi', null, { files }), 'sensitive_unconfirmed');
    chat.sendAgain(shown(), null, ['phone']);
    expect(sent.at(-1)).toMatchObject({ id: 'id-2', files: inFrame, confirm: ['phone'] });
  });

  it('stands beside the one that it was written instead of, and keeps the files of that', () => {
    const inStore = [{ id: 'f2', name: 'a.csv', bytes: 3 }];
    chat.onFrame(saved(chat.send('one', null, { files }), { files: inStore }));
    const first = shown();
    const id = chat.send('two', null, { files: first.files, insteadOf: first });
    expect(sent.at(-1)).toMatchObject({ id, parentId: null, files: [{ id: 'f2' }] });
    expect(chat.path[0]).toMatchObject({ version: 1, versions: ['u', id] });
    chat.onFrame(saved(id, { userMessageId: 'u2', answerId: 'a2', generationId: 'g2' }));
    expect(chat.path[0]).toMatchObject({ message: { text: 'two' }, versions: ['u', 'u2'] });
    chat.choose(null, 'u');
    expect(chat.path.map(({ message }) => message.id)).toEqual(['u', 'a']);
  });

  it('gives them back with its words when its chat is left', async () => {
    refuse(chat.send('Hi', null, { files }), 'no_node');
    await chat.open('c1');
    expect(unsent).toEqual([[null, 'Hi', files]]);
  });

  it('gives them back with its words when it is refused after its chat was left', async () => {
    await chat.open('c1');
    const id = chat.send('Hi', null, { files });
    await chat.open(null);
    refuse(id, 'no_node');
    expect(unsent).toEqual([['c1', 'Hi', files]]);
  });
});
