import type { StoredMessage } from '../net/api';
import type { Attachment } from '../protocol/attachments';
import type { ErrorBody, SavedFrame } from '../protocol/frames';
import { newAnswer, type Answer, type Ending } from '../protocol/reduce';

/** How far the sending of a prompt has come; absent once the hub has it. */
export interface Sending {
  readonly clientId: string;
  readonly status: 'sending' | 'failed';
  readonly error: ErrorBody | null;
  /** It was written in place of an earlier prompt, and stands beside it. */
  readonly instead?: boolean;
}

/** One message of the open chat. Never changed in place, so that only what changed is drawn again. */
export interface Message {
  /** Stays when the hub's id replaces the one made here, so that nothing is torn down on screen. */
  readonly key: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly role: 'user' | 'assistant' | 'system';
  readonly createdAt: string;
  /** What the user wrote; an assistant's text is in `answer`. */
  readonly text: string;
  /** What the user sent with it. */
  readonly files: readonly Attachment[];
  readonly answer: Answer | null;
  /** Of an answer: the model saw pseudonyms in place of sensitive data. */
  readonly masked?: boolean;
  readonly sending: Sending | null;
}

/** A message that is shown, with the versions beside it. */
export interface Shown {
  readonly message: Message;
  readonly versions: readonly string[];
  readonly version: number;
}

const ENDINGS: Partial<Record<StoredMessage['status'], Ending>> = {
  complete: 'done',
  stopped: 'stopped',
  failed: 'failed',
  interrupted: 'interrupted',
};

export function fromStored(stored: StoredMessage): Message {
  return {
    key: stored.id,
    id: stored.id,
    parentId: stored.parentId,
    role: stored.role,
    createdAt: stored.createdAt,
    text: stored.role === 'assistant' ? '' : stored.text,
    files: stored.files ?? [],
    answer: stored.role === 'assistant' ? storedAnswer(stored) : null,
    masked: stored.masked ?? false,
    sending: null,
  };
}

function storedAnswer(stored: StoredMessage): Answer {
  const generation = stored.generation;
  const answer = newAnswer(
    generation?.id ?? stored.id,
    generation?.epoch ?? 0,
    stored.parts ?? stored.text,
  );
  const ending = ENDINGS[stored.status] ?? null;
  return {
    ...answer,
    phase: ending ? 'ended' : stored.status === 'running' ? 'running' : 'pending',
    ending: ending === 'done' ? (generation?.reason ?? 'done') : ending,
    model: stored.model ?? null,
    usage: generation?.usage ?? null,
    error: stored.error ?? null,
  };
}

const UNSAVED = 'answer-';

/** The id of an answer whose prompt, sent under this id, the hub has not confirmed yet. */
export function unsavedAnswer(clientId: string): string {
  return `${UNSAVED}${clientId}`;
}

export function isUnsaved(answerId: string): boolean {
  return answerId.startsWith(UNSAVED);
}

/** A prompt on its way. */
export function prompt(
  what: Pick<Message, 'id' | 'parentId' | 'text' | 'files' | 'createdAt'>,
  instead = false,
): Message {
  const sending = { clientId: what.id, status: 'sending', error: null, instead } as const;
  return { ...what, key: what.id, role: 'user', answer: null, sending };
}

/** The answer to what is on its way. */
export function placeholder(clientId: string, parentId: string | null, createdAt: string): Message {
  const id = unsavedAnswer(clientId);
  return {
    key: id,
    id,
    parentId,
    role: 'assistant',
    createdAt,
    text: '',
    files: [],
    answer: newAnswer(id, 0),
    sending: { clientId, status: 'sending', error: null },
  };
}

/** The chat once the hub has saved what was on its way: the ids of the store take the place of ours. */
export function confirmed(
  messages: readonly Message[],
  frame: SavedFrame,
  withPrompt: boolean,
): Message[] {
  // The store may have been read just before this frame was heard.
  const twice = withPrompt ? [frame.userMessageId, frame.answerId] : [frame.answerId];
  const others = messages.filter((message) => !twice.includes(message.id));
  return others.map((message) => {
    if (message.id === frame.id) {
      // Their texts are in the store by now, and need not be held here. A hub of before files takes none.
      const files = frame.files ?? [];
      return { ...message, id: frame.userMessageId, files, sending: null };
    }
    if (message.id !== unsavedAnswer(frame.id)) return message;
    return {
      ...message,
      id: frame.answerId,
      parentId: message.parentId === frame.id ? frame.userMessageId : message.parentId,
      answer: newAnswer(frame.generationId, frame.epoch),
      masked: (frame.masked ?? 0) > 0,
      sending: null,
    };
  });
}

/**
 * What the hub has stored, joined with what this tab holds: an answer that is ahead of the store
 * keeps its text, and what was sent but is not stored yet stays.
 */
export function merge(held: readonly Message[], stored: readonly StoredMessage[]): Message[] {
  const byId = new Map(held.map((message) => [message.id, message]));
  const merged = stored.map((one) => {
    const fresh = fromStored(one);
    const old = byId.get(one.id);
    if (!old) return fresh;
    return { ...fresh, key: old.key, answer: further(old.answer, fresh.answer) };
  });
  const known = new Set(merged.map((message) => message.id));
  // Unsent messages, and answers that began after the hub had read the store.
  return [...merged, ...held.filter((m) => !known.has(m.id) && isYoung(m))];
}

function isYoung(message: Message): boolean {
  return message.sending !== null || (message.answer !== null && message.answer.phase !== 'ended');
}

function further(held: Answer | null, stored: Answer | null): Answer | null {
  if (!held || !stored || held.generationId !== stored.generationId) return stored;
  if (stored.phase === 'ended') return stored;
  return held.length >= stored.length && !held.gap ? held : stored;
}

/**
 * The branch of the tree that is shown: at each fork the child that was chosen, else the newest.
 * `chosen` maps a parent's id ('' for the beginning) to one of its children.
 */
export function visiblePath(
  messages: readonly Message[],
  chosen: ReadonlyMap<string, string>,
): Shown[] {
  const ids = new Set(messages.map((message) => message.id));
  const children = new Map<string, Message[]>();
  for (const message of messages) {
    const parent = message.parentId && ids.has(message.parentId) ? message.parentId : '';
    const siblings = children.get(parent);
    if (siblings) siblings.push(message);
    else children.set(parent, [message]);
  }
  const path: Shown[] = [];
  let siblings = children.get('');
  let parent = '';
  while (siblings && siblings.length > 0 && path.length <= messages.length) {
    const wanted = chosen.get(parent);
    const found = siblings.findIndex((message) => message.id === wanted);
    const version = found >= 0 ? found : siblings.length - 1;
    const message = siblings[version]!;
    path.push({ message, versions: siblings.map((sibling) => sibling.id), version });
    parent = message.id;
    siblings = children.get(parent);
  }
  return path;
}

/** The chat with one of its messages replaced. */
export function replace(
  messages: readonly Message[],
  id: string,
  change: (message: Message) => Message,
): Message[] {
  return messages.map((message) => (message.id === id ? change(message) : message));
}

export function isRunning(message: Message): boolean {
  return message.answer !== null && message.answer.phase !== 'ended';
}
