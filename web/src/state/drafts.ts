import { forget, load, save } from './storage';

/** What is being written but not sent, per chat ('new' for the one that has no id yet). */
const key = (conversationId: string | null) => `draft.${conversationId ?? 'new'}`;

const UNSENT = 'unsent';

export function loadDraft(conversationId: string | null): string {
  return load(key(conversationId)) ?? '';
}

export function saveDraft(conversationId: string | null, text: string): void {
  save(key(conversationId), text);
}

/** A prompt on its way: until the hub has stored it, a reload must not lose it. */
export function holdUnsent(clientId: string, conversationId: string | null, text: string): void {
  save(UNSENT, JSON.stringify({ clientId, conversationId, text }));
}

export function releaseUnsent(clientId: string): void {
  if (readUnsent()?.clientId === clientId) save(UNSENT, null);
}

/** A prompt that was refused leaves the screen: its words wait in the draft, unless one is there. */
export function keepUnsent(conversationId: string | null, text: string): void {
  if (loadDraft(conversationId) === '') saveDraft(conversationId, text);
}

/** After a reload: what was on its way becomes the draft again, unless a newer one is there. */
export function recoverUnsent(): void {
  const unsent = readUnsent();
  save(UNSENT, null);
  if (unsent) keepUnsent(unsent.conversationId, unsent.text);
}

/** Nobody else who signs in here may read them. */
export function forgetDrafts(): void {
  forget('draft.');
  save(UNSENT, null);
}

interface Unsent {
  clientId: string;
  conversationId: string | null;
  text: string;
}

function readUnsent(): Unsent | null {
  try {
    return JSON.parse(load(UNSENT) ?? 'null') as Unsent | null;
  } catch {
    return null;
  }
}
