import { firstCodePoints, lastCodePoints } from './codepoints';

/**
 * Files that go with a prompt. All of them are text, and have a name by which the writer and the
 * model know them.
 */

/** A file whose text is at hand: read in this browser, or come along with a share. */
export interface TextFile {
  readonly name: string;
  /** Of its text in UTF-8. */
  readonly bytes: number;
  readonly text: string;
}

/** A file in the store. Its text is asked for when somebody wants to read it. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}

export type Attachment = TextFile | StoredFile;

/** As a prompt sends it: a new one, or one of an earlier message of the same chat. */
export type SentFile = { readonly name: string; readonly text: string } | { readonly id: string };

/** The hub refuses more of them with one prompt, */
export const MOST_FILES = 10;
/** and longer names, in code points. */
export const MOST_NAME = 200;

export function hasText(file: Attachment): file is TextFile {
  return 'text' in file;
}

export function textFile(name: string, text: string): TextFile {
  return { name, bytes: new TextEncoder().encode(text).length, text };
}

export function sentFile(file: Attachment): SentFile {
  return hasText(file) ? { name: file.name, text: file.text } : { id: file.id };
}

/** The name as the hub takes it: without what separates folders, and without what can't be seen. */
export function cleanName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029/\\]/gu, '_')
    .trim();
  return clean === '' ? 'file.txt' : cutName(clean, MOST_NAME);
}

/** Code points at the end of a name that is cut: they tell what kind of file it is. */
const END = 12;

/** A name of so many code points at most: what is too long loses its middle. */
export function cutName(name: string, most: number): string {
  if (firstCodePoints(name, most) === name) return name;
  return `${firstCodePoints(name, most - END - 1)}…${lastCodePoints(name, END)}`;
}

/** The name in two pieces, of which the second is always to be seen. */
export function nameParts(name: string): [beginning: string, end: string] {
  const end = lastCodePoints(name, END);
  return [name.slice(0, name.length - end.length), end];
}

/** The name, with a number if another file has it already: two must not be taken for each other. */
export function distinctName(name: string, taken: readonly Attachment[]): string {
  const names = new Set(taken.map((file) => file.name));
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let distinct = name;
  for (let n = 2; names.has(distinct); n++) {
    distinct = cutName(`${stem} (${n})${extension}`, MOST_NAME);
  }
  return distinct;
}
