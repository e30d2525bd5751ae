import { hasText, MOST_FILES, type Attachment } from '../protocol/attachments';
import { load, save, stored } from './storage';

/**
 * The files attached to what is being written, per chat. They outlive the page in this browser's
 * storage as far as there is room, and the rest is held as long as the page is open.
 */
const PREFIX = 'draft.files.';
const key = (conversationId: string | null) => PREFIX + (conversationId ?? 'new');

/** UTF-16 units in storage for all chats together: the words of drafts must not find it full. */
export const MOST_STORED = 1_000_000;
/** Chats whose files are held here besides. */
export const MOST_HELD = 20;

const held = new Map<string, readonly Attachment[]>();

export function loadFiles(conversationId: string | null): readonly Attachment[] {
  const name = key(conversationId);
  return held.get(name) ?? parseFiles(load(name));
}

export function saveFiles(conversationId: string | null, files: readonly Attachment[]): void {
  const name = key(conversationId);
  held.delete(name);
  save(name, null);
  if (files.length === 0) return;
  const json = JSON.stringify(files);
  if (json.length + stored(PREFIX) <= MOST_STORED && save(name, json)) return;
  held.set(name, files);
  const oldest = held.keys().next();
  if (held.size > MOST_HELD && !oldest.done) held.delete(oldest.value);
}

/** Lets go of what is held; what is stored goes with the drafts. */
export function forgetFiles(): void {
  held.clear();
}

/** The files in JSON of an earlier page, or of an earlier version of it: what is odd is left out. */
export function parseFiles(json: string | null): readonly Attachment[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(parsed) ? parsed.filter(isAttachment).slice(0, MOST_FILES) : [];
}

function isAttachment(value: unknown): value is Attachment {
  const file = value as Partial<Record<'id' | 'name' | 'bytes' | 'text', unknown>> | null;
  return (
    typeof file?.name === 'string' &&
    typeof file.bytes === 'number' &&
    typeof (hasText(file as Attachment) ? file.text : file.id) === 'string'
  );
}
