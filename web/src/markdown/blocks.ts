import { Lexer, type Token, type Tokens } from 'marked';

/** One top-level piece of an answer: code, which is drawn by its own component, or the rest. */
export type Block =
  | {
      readonly kind: 'code';
      readonly language: string;
      readonly code: string;
      readonly open: boolean;
    }
  | { readonly kind: 'markdown'; readonly raw: string };

/**
 * Cuts an answer into blocks. While it is being written only its last block changes, so that only
 * that one is drawn again. Definitions of links are put to the blocks that may use them.
 */
export function blocks(text: string, streaming: boolean): Block[] {
  const source = streaming ? settle(text) : text;
  const tokens: Token[] = Lexer.lex(source, { gfm: true });
  const definitions = tokens
    .filter((token) => token.type === 'def')
    .map((token) => token.raw.trim())
    .join('\n');
  const result: Block[] = [];
  for (const token of tokens) {
    if (token.type === 'space' || token.type === 'def') continue;
    if (token.type === 'code') {
      const code = token as Tokens.Code;
      result.push({
        kind: 'code',
        language: (code.lang ?? '').trim().split(/\s+/)[0] ?? '',
        code: code.text,
        open: !isClosed(code),
      });
    } else {
      const raw = definitions ? `${token.raw}\n\n${definitions}` : token.raw;
      result.push({ kind: 'markdown', raw });
    }
  }
  const last = result.at(-1);
  if (streaming && last?.kind === 'markdown') {
    result[result.length - 1] = { kind: 'markdown', raw: heal(last.raw) };
  }
  return result;
}

function isClosed(code: Tokens.Code): boolean {
  if (code.codeBlockStyle === 'indented') return true;
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(code.raw)?.[1];
  if (!fence) return true;
  const lines = code.raw.trimEnd().split('\n');
  return lines.length > 1 && (lines.at(-1) ?? '').trim().startsWith(fence);
}

/**
 * Leaves out a last line of which it can't be told yet what it will be: "text⏎-" is a heading until
 * the rest of the list item arrives, "text⏎``" is a paragraph until it is a fence.
 */
export function settle(text: string): string {
  return text.replace(/\n {0,3}(-{1,2}|=+|`{1,2}|~{1,2}|[*+]|#{1,6}|\d{1,9}[.)]?|\|)[ \t]*$/, '\n');
}

/** Closes what is still open in the block being written, so that it does not change shape later. */
export function heal(raw: string): string {
  let healed = raw.replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, '$1').replace(/\[([^\]\n]*)$/, '$1');
  const ticks = healed.match(/`+/g) ?? [];
  if (ticks.length % 2 === 1) return healed + (ticks.at(-1) ?? '`');
  const outside = healed.replace(/(`+)[^`]*\1/g, '');
  if ((outside.match(/\*\*/g) ?? []).length % 2 === 1) {
    healed = healed.endsWith('**') ? healed.slice(0, -2) : closeWith(healed, '**');
  }
  if ((outside.match(/~~/g) ?? []).length % 2 === 1) {
    healed = healed.endsWith('~~') ? healed.slice(0, -2) : closeWith(healed, '~~');
  }
  return healed;
}

function closeWith(text: string, mark: string): string {
  const trimmed = text.trimEnd();
  const tail = trimmed.endsWith('*') && mark === '**' ? trimmed.slice(0, -1) : trimmed;
  return tail + mark;
}
