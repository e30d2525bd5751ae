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
  /** In the texts of its files, by the number of the file; none if it is in the name alone. */
  readonly files: ReadonlyMap<number, readonly Span[]>;
  /** Places in earlier messages of the chat. */
  readonly earlier: number;
}

/** The findings of a refusal; null if it was refused for another reason. */
export function found(error: ErrorBody | null): Found | null {
  if (error?.code !== 'sensitive_refused' && error?.code !== 'sensitive_unconfirmed') return null;
  const { kinds, spans } = error.args;
  const own: Span[] = [];
  const inFiles = new Map<number, Span[]>();
  let earlier = 0;
  for (const one of listOf(spans)) {
    if (typeof one !== 'object' || one === null) continue;
    const { file, fileName, kind, startUtf16, endUtf16 } = one as Record<string, unknown>;
    if ('messageId' in one) {
      earlier++;
    } else if (typeof startUtf16 === 'number' && typeof endUtf16 === 'number') {
      const span = { kind: String(kind), start: startUtf16, end: endUtf16 };
      if (typeof file !== 'number') own.push(span);
      else inFiles.set(file, [...(inFiles.get(file) ?? []), ...(fileName ? [] : [span])]);
    }
  }
  return {
    confirmable: error.code === 'sensitive_unconfirmed',
    kinds: listOf(kinds).filter((kind) => typeof kind === 'string'),
    spans: inOrder(own),
    files: new Map([...inFiles].map(([file, places]) => [file, inOrder(places)])),
    earlier,
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function inOrder(spans: Span[]): Span[] {
  return spans.sort((a, b) => a.start - b.start);
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
