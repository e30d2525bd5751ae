import type { Key } from '../i18n/dictionary';
import { cleanName, textFile, type TextFile } from '../protocol/attachments';
import { excess, weight } from '../protocol/limits';

/** Larger files are not even read: what may go with a prompt is far less. */
export const MOST_FILE_BYTES = 1024 * 1024;

/** Why a file was not attached. */
export interface Refusal {
  readonly key: Key;
  readonly name: string;
  /** Bytes of the file, where they are too many. */
  readonly bytes?: number;
  /** Characters or files too many. */
  readonly over?: number;
}

export type Read = { readonly file: TextFile } | { readonly refusal: Refusal };

/** Reads a file of this computer as text. Never rejects. */
export async function readFile(given: File): Promise<Read> {
  const name = cleanName(given.name);
  const refuse = (key: Key, more = {}): Read => ({ refusal: { key, name, ...more } });
  if (given.size > MOST_FILE_BYTES) return refuse('file.tooLarge', { bytes: given.size });
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await given.arrayBuffer());
  } catch {
    // Moved or changed since it was chosen, or not for this browser to read.
    return refuse('file.unreadable');
  }
  const text = decode(bytes);
  if (text === null) return refuse(isText(bytes) ? 'file.encoding' : 'file.notText');
  if (text === '') return refuse('file.empty');
  const file = textFile(name, text);
  const over = excess('', weight([file]));
  return over > 0 ? refuse('file.tooLong', { over }) : { file };
}

/** The text in these bytes, without a byte order mark; null if there is none. */
export function decode(bytes: Uint8Array): string | null {
  // Most of a PDF may be letters, and none of them its text.
  if (startsWith(bytes, '%PDF-')) return null;
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** Whether these bytes look like text of an older encoding: text has no control characters. */
function isText(bytes: Uint8Array): boolean {
  if (startsWith(bytes, '%PDF-')) return false;
  return !bytes.some((byte) => byte < 0x20 && !TEXT_CONTROLS.has(byte));
}

/** Tab, line feed, form feed, carriage return, escape. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);

function startsWith(bytes: Uint8Array, sign: string): boolean {
  return [...sign].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}
