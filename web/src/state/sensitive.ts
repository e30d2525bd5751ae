import type { ErrorBody } from '../protocol/frames';

/** A place in a text, in UTF-16 units as strings have them. */
export interface Span {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** What a hub has found in a prompt and in the messages that go with it. */
export interface Found {
  /** Whether it may be sent once its writer says so. */
  readonly confirmable: boolean;
  readonly kinds: readonly string[];
  /** In the prompt itself, one after the other. */
  readonly spans: readonly Span[];
  /** Places in earlier messages of the chat. */
  readonly earlier: number;
}

/** The findings of a refusal; null if it was refused for another reason. */
export function found(error: ErrorBody | null): Found | null {
  if (error?.code !== 'sensitive_refused' && error?.code !== 'sensitive_unconfirmed') return null;
  const all = Array.isArray(error.args.spans) ? (error.args.spans as unknown[]) : [];
  const kinds = Array.isArray(error.args.kinds) ? (error.args.kinds as unknown[]) : [];
  const spans: Span[] = [];
  let earlier = 0;
  for (const one of all) {
    const span = one as { kind?: unknown; startUtf16?: unknown; endUtf16?: unknown };
    if (typeof one !== 'object' || one === null) continue;
    if ('messageId' in one) earlier++;
    else if (typeof span.startUtf16 === 'number' && typeof span.endUtf16 === 'number') {
      spans.push({ kind: String(span.kind), start: span.startUtf16, end: span.endUtf16 });
    }
  }
  return {
    confirmable: error.code === 'sensitive_unconfirmed',
    kinds: kinds.filter((kind) => typeof kind === 'string'),
    spans: spans.sort((a, b) => a.start - b.start),
    earlier,
  };
}

/** A piece of a text, and what is sensitive in it. */
export interface Piece {
  readonly text: string;
  readonly kind: string | null;
}

/** The text cut at the spans. What lies outside of it, or overlaps the one before, is left out. */
export function pieces(text: string, spans: readonly Span[]): Piece[] {
  const cut: Piece[] = [];
  let at = 0;
  for (const { kind, start, end } of spans) {
    if (start < at || end <= start || end > text.length) continue;
    if (start > at) cut.push({ text: text.slice(at, start), kind: null });
    cut.push({ text: text.slice(start, end), kind });
    at = end;
  }
  if (at < text.length) cut.push({ text: text.slice(at), kind: null });
  return cut;
}
