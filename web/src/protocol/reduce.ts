import { codePoints, firstCodePoints } from './codepoints';
import type { ErrorBody, FinishReason, GenerationFrame, Usage } from './frames';

/** Where an answer stands: waiting for a node, being written, or ended. */
export type Phase = 'pending' | 'queued' | 'running' | 'ended';

/** Why an answer ended. `interrupted`: only in history, its writers were lost. */
export type Ending = FinishReason | 'failed' | 'interrupted';

/** One answer as this tab holds it. Never changed in place. */
export interface Answer {
  readonly generationId: string;
  readonly epoch: number;
  readonly text: string;
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
}

export function newAnswer(generationId: string, epoch: number, text = ''): Answer {
  return {
    generationId,
    epoch,
    text,
    length: codePoints(text),
    phase: 'pending',
    ending: null,
    queue: null,
    model: null,
    usage: null,
    error: null,
    gap: false,
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
    // Late news of the queue must not hide an answer that is being written already.
    if (answer.phase === 'running') return answer;
    return {
      ...answer,
      phase: 'queued',
      queue: { position: event.position, waitMs: event.waitMs },
    };
  }
  if (event.epoch < answer.epoch) return answer;
  switch (event.type) {
    case 'generation.started':
      return {
        ...answer,
        epoch: event.epoch,
        phase: 'running',
        queue: null,
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
    text: answer.text + event.text,
    length: answer.length + codePoints(event.text),
  };
}

function resumed(answer: Answer, event: GenerationFrame & { type: 'resumed' }): Answer {
  if (event.position > answer.length) return { ...answer, epoch: event.epoch, gap: true };
  const cut = event.mode === 'rewind' || event.position < answer.length;
  const text = cut ? firstCodePoints(answer.text, event.position) : answer.text;
  return { ...answer, epoch: event.epoch, gap: false, text, length: event.position };
}

function end(answer: Answer, epoch: number, ending: Ending): Answer {
  return { ...answer, epoch, phase: 'ended', ending, queue: null, gap: false };
}
