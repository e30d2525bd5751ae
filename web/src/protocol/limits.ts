import { hasText, sentFile, type Attachment } from './attachments';
import { codePoints } from './codepoints';

/** The hub refuses longer prompts, their files included, with `prompt_too_long`. */
export const MOST_CODE_POINTS = 100_000;
/** The hub closes the socket on larger frames; some room is left for what is around the text. */
export const MOST_BYTES = 256 * 1024 - 2_048;

/** What the files of a prompt leave less room for. */
export interface Weight {
  /** Code points of their texts. */
  readonly characters: number;
  /** In the frame. */
  readonly bytes: number;
}

const NOTHING: Weight = { characters: 0, bytes: 0 };

/** Counted once for files that stay the same while the text beside them is typed. */
export function weight(files: readonly Attachment[]): Weight {
  if (files.length === 0) return NOTHING;
  const characters = files.reduce((sum, file) => sum + charactersOf(file), 0);
  return { characters, bytes: bytesOf(files.map(sentFile)) };
}

/** Of a file in the store only the bytes are known, which are four for a character at most. */
function charactersOf(file: Attachment): number {
  return hasText(file) ? codePoints(file.text) : Math.ceil(file.bytes / 4);
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** By about how many characters a prompt with its files is too long; 0 if it can be sent. */
export function excess(text: string, files: Weight = NOTHING): number {
  const characters = codePoints(text) + files.characters - MOST_CODE_POINTS;
  const room = MOST_BYTES - files.bytes;
  // A UTF-16 unit becomes six bytes at most (as an escape): short texts need not be measured.
  const bytes = text.length * 6 > room ? bytesOf(text) - room : 0;
  return Math.max(0, characters, Math.ceil(bytes / 3));
}
