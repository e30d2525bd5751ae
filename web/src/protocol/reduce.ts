import { codePoints, firstCodePoints } from './codepoints';
import type { Cause, ErrorBody, FinishReason, GenerationFrame, Passage, Usage } from './frames';
import { cutTo, extended } from './passages';

/** Where an answer stands: waiting for a node, being written, or ended. */
export type Phase = 'pending' | 'queued' | 'running' | 'ended';

/** Why an answer ended. `interrupted`: only in history, its writers were lost. */
export type Ending = FinishReason | 'failed' | 'interrupted';

/** One answer as this tab holds it. Never changed in place. */
export interface Answer {
  readonly generationId: string;
  readonly epoch: number;
  /** All that was told, whatever part it belongs to. */
  readonly text: string;
  /** The same in its parts. */
  readonly parts: readonly Passage[];
  /** Code points of `text`. */
  readonly length: number;
  readonly phase: Phase;
  readonly ending: Ending | null;
  readonly queue: { position: number; waitMs: number } | null;
  readonly model: string | null;
  readonly usage: Usage | null;
  readonly error: ErrorBody | null;
  /** Text is missing: the stream must be resumed, and deltas are of no use until it is. */
  readonly gap: boolean;
  /** Why the text stands still while other machines take the answer over; null when it moves. */
  readonly recovering: Cause | null;
  /** False while the database is away: what is shown is kept in memory only. */
  readonly stored: boolean;
  /** Code points that the last rewind took back, because they were never stored. */
  readonly takenBack: number;
}

export function newAnswer(
  generationId: string,
  epoch: number,
  parts: string | readonly Passage[] = '',
): Answer {
  const told = typeof parts === 'string' ? extended([], 'answer', parts) : parts;
  const text = told.map((part) => part.text).join('');
  return {
    generationId,
    epoch,
    text,
    parts: told,
    length: codePoints(text),
    phase: 'pending',
    ending: null,
    queue: null,
    model: null,
    usage: null,
    error: null,
    gap: false,
    recovering: null,
    stored: true,
    takenBack: 0,
  };
}

/**
 * The answer after one event: the one reducer, for live and for resumed streams. Events of another
 * generation or of an older owner (epoch) change nothing, nor does anything after the end: there is
 * exactly one.
 */
export function reduce(answer: Answer, event: GenerationFrame): Answer {
  if (event.generationId !== answer.generationId || answer.phase === 'ended') return answer;
  if (event.type === 'generation.queued') {
    const queue = { position: event.position, waitMs: event.waitMs };
    if (answer.phase !== 'running') return { ...answer, phase: 'queued', queue };
    // The machine that takes over may have a queue, too. Otherwise this is late news, which must not
    // hide an answer that is being written already.
    return answer.recovering ? { ...answer, queue } : answer;
  }
  if (event.epoch < answer.epoch) return answer;
  switch (event.type) {
    case 'generation.started':
      return {
        ...answer,
        epoch: event.epoch,
        phase: 'running',
        queue: null,
        recovering: null,
        model: event.model,
      };
    case 'delta':
      return append(answer, event);
    case 'resumed':
      return resumed(answer, event);
    case 'generation.finished':
      if (answer.length !== event.length) return { ...answer, epoch: event.epoch, gap: true };
      return {
        ...end(answer, event.epoch, event.reason),
        usage: event.usage,
      };
    case 'generation.failed':
      return { ...end(answer, event.epoch, 'failed'), error: event.error };
    case 'generation.recovering':
      return { ...answer, epoch: event.epoch, queue: null, recovering: event.cause };
    case 'generation.storing':
      return { ...answer, epoch: event.epoch, stored: event.stored };
  }
}

function append(answer: Answer, event: GenerationFrame & { type: 'delta' }): Answer {
  // While a resume is under way, what still arrives of the old stream would be spliced wrongly.
  if (answer.gap || event.choice !== 0) return answer;
  if (event.from !== answer.length) return { ...answer, epoch: event.epoch, gap: true };
  return {
    ...answer,
    epoch: event.epoch,
    phase: 'running',
    queue: null,
    recovering: null,
    text: answer.text + event.text,
    parts: extended(answer.parts, event.part ?? 'answer', event.text),
    length: answer.length + codePoints(event.text),
  };
}

function resumed(answer: Answer, event: GenerationFrame & { type: 'resumed' }): Answer {
  const moving = { ...answer, epoch: event.epoch, recovering: null };
  if (event.position > answer.length) return { ...moving, gap: true };
  const cut = answer.length - event.position;
  return {
    ...moving,
    gap: false,
    text: cut > 0 ? firstCodePoints(answer.text, event.position) : answer.text,
    parts: cut > 0 ? cutTo(answer.parts, event.position) : answer.parts,
    length: event.position,
    // What is cut in the other mode is sent again at once: nothing was lost.
    takenBack: event.mode === 'rewind' ? cut : answer.takenBack,
    // Another owner knows only what is stored, and the same one says again what is not.
    stored: true,
  };
}

function end(answer: Answer, epoch: number, ending: Ending): Answer {
  return {
    ...answer,
    epoch,
    phase: 'ended',
    ending,
    queue: null,
    gap: false,
    recovering: null,
    stored: true,
  };
}
