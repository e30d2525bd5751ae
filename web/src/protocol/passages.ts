import { codePoints, firstCodePoints } from './codepoints';
import type { Passage } from './frames';

/** The parts with more text of one type. Each call of a tool is a part of its own. */
export function extended(parts: readonly Passage[], type: string, text: string): Passage[] {
  const last = parts.at(-1);
  if (text === '') return [...parts];
  if (last?.type !== type || type === 'tool_call') return [...parts, { type, text }];
  return [...parts.slice(0, -1), { type, text: last.text + text }];
}

/** The parts up to a position, in code points of all of them together. */
export function cutTo(parts: readonly Passage[], position: number): Passage[] {
  const kept: Passage[] = [];
  let left = position;
  for (const part of parts) {
    if (left <= 0) break;
    const length = codePoints(part.text);
    kept.push(length <= left ? part : { ...part, text: firstCodePoints(part.text, left) });
    left -= length;
  }
  return kept;
}
