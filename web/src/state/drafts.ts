import type { Attachment } from '../protocol/attachments';
import { forgetFiles, loadFiles, parseFiles, saveFiles } from './draftFiles';
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
export function holdUnsent(
  clientId: string,
  conversationId: string | null,
  text: string,
  files: readonly Attachment[] = [],
): void {
  const unsent = { clientId, conversationId, text };
  // Where there is no room for its files, its words are kept at least.
  if (files.length === 0 || !save(UNSENT, JSON.stringify({ ...unsent, files }))) {
    save(UNSENT, JSON.stringify(unsent));
  }
}

export function releaseUnsent(clientId: string): void {
  if (readUnsent()?.clientId === clientId) save(UNSENT, null);
}

/** A prompt that was refused leaves the screen: it waits in the draft, unless one is there. */
export function keepUnsent(
  conversationId: string | null,
  text: string,
  files: readonly Attachment[],
): void {
  if (loadDraft(conversationId) !== '' || loadFiles(conversationId).length > 0) return;
  saveDraft(conversationId, text);
  saveFiles(conversationId, files);
}

/** After a reload: what was on its way becomes the draft again, unless a newer one is there. */
export function recoverUnsent(): void {
  const unsent = readUnsent();
  save(UNSENT, null);
  if (!unsent) return;
  keepUnsent(unsent.conversationId, unsent.text, parseFiles(JSON.stringify(unsent.files ?? [])));
}

/** The chat is gone: nobody will come back to what was being written in it. */
export function forgetDraft(conversationId: string): void {
  saveDraft(conversationId, '');
  saveFiles(conversationId, []);
}

/** Nobody else who signs in here may read them. */
export function forgetDrafts(): void {
  forget('draft.');
  forgetFiles();
  save(UNSENT, null);
}

interface Unsent {
  clientId: string;
  conversationId: string | null;
  text: string;
  files?: unknown;
}

function readUnsent(): Unsent | null {
  try {
    return JSON.parse(load(UNSENT) ?? 'null') as Unsent | null;
  } catch {
    return null;
  }
}
