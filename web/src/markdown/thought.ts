import type { Passage } from '../protocol/frames';

/** An answer as its reader is to see it: what was thought before it, and the answer itself. */
export interface Told {
  readonly thought: string;
  /** The thought has not ended. */
  readonly thinking: boolean;
  readonly answer: string;
}

const OPEN = '<think>';
const CLOSE = '</think>';

/** An answer whose parts the hub has told apart; one from before that, by the marks in its text. */
export function toldOf(parts: readonly Passage[], streaming: boolean): Told {
  if (parts.every((part) => part.type === 'answer')) {
    return told(parts.map((part) => part.text).join(''), streaming);
  }
  const thought = parts.filter((part) => part.type === 'thought').map((part) => part.text);
  return {
    thought: thought.join('\n\n').trim(),
    thinking: streaming && parts.at(-1)?.type === 'thought',
    answer: parts
      .filter((part) => part.type !== 'thought')
      .map((part) =>
        part.type === 'tool_call' ? `\n\n\`\`\`json\n${part.text}\n\`\`\`\n\n` : part.text,
      )
      .join('')
      .trimStart(),
  };
}

/**
 * Takes a thought off the beginning of an answer, marked as the Qwen3 and SmolLM3 families mark theirs.
 * The text itself stays as it was stored; this is a way of looking at it.
 */
export function told(text: string, streaming: boolean): Told {
  const begun = text.trimStart();
  if (!begun.startsWith(OPEN)) {
    // The mark comes in pieces: until it is known to be one, nothing is shown that would go again.
    const opening = streaming && begun !== '' && OPEN.startsWith(begun);
    return { thought: '', thinking: opening, answer: opening ? '' : text };
  }
  const rest = begun.slice(OPEN.length);
  const end = rest.indexOf(CLOSE);
  if (end >= 0) {
    const answer = rest.slice(end + CLOSE.length).trimStart();
    return { thought: rest.slice(0, end).trim(), thinking: false, answer };
  }
  const thought = streaming ? withoutOpenEnd(rest) : rest;
  return { thought: thought.trim(), thinking: streaming, answer: '' };
}

function withoutOpenEnd(text: string): string {
  for (let n = CLOSE.length - 1; n > 0; n--) {
    if (text.endsWith(CLOSE.slice(0, n))) return text.slice(0, -n);
  }
  return text;
}
