/**
 * Lengths and cuts in code points. The hub counts so, because UTF-16 units would differ between
 * languages and could cut an emoji in half.
 */

export function codePoints(text: string): number {
  let n = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) {
        n--;
        i++;
      }
    }
  }
  return n;
}

/** The first `count` code points of the text (all of it, if there are fewer). */
export function firstCodePoints(text: string, count: number): string {
  if (count >= text.length) return text;
  let units = 0;
  for (let taken = 0; taken < count && units < text.length; taken++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, units);
}

/** The last `count` code points of the text (all of it, if there are fewer). */
export function lastCodePoints(text: string, count: number): string {
  let at = text.length;
  for (let taken = 0; taken < count && at > 0; taken++) {
    at -= at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(at);
}
