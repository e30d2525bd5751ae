import { codePoints } from './codepoints';

/** The hub refuses longer prompts with `prompt_too_long`. */
export const MOST_CODE_POINTS = 100_000;
/** The hub closes the socket on larger frames; some room is left for what is around the text. */
export const MOST_BYTES = 256 * 1024 - 2_048;

/** By about how many characters a prompt is too long; 0 if it can be sent. */
export function excess(text: string): number {
  const characters = codePoints(text) - MOST_CODE_POINTS;
  // A UTF-16 unit becomes six bytes at most (as an escape): short texts need not be measured.
  const bytes =
    text.length * 6 > MOST_BYTES
      ? new TextEncoder().encode(JSON.stringify(text)).length - MOST_BYTES
      : 0;
  return Math.max(0, characters, Math.ceil(bytes / 3));
}
