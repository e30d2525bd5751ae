import { describe, expect, it } from 'vitest';
import type { Cause, ErrorBody } from '../src/protocol/frames';
import { newAnswer, type Answer } from '../src/protocol/reduce';
import { progress, worthRetrying, type Circumstances } from '../src/state/progress';

const calm: Circumstances = { sending: null, stopping: false, cut: null };
const answer = (more: Partial<Answer> = {}): Answer => ({ ...newAnswer('g', 1), ...more });
const keys = (of: Answer, at: Partial<Circumstances> = {}) =>
  progress(of, { ...calm, ...at }).map(({ key }) => key);

describe('the words of an answer', () => {
  it('tell its way from the prompt to the text', () => {
    expect(keys(answer(), { sending: 'prompt' })).toEqual(['chat.sending']);
    expect(keys(answer())).toEqual(['chat.placing']);
    expect(keys(answer({ phase: 'running' }))).toEqual(['chat.thinking']);
    expect(keys(answer({ phase: 'running', text: 'a' }))).toEqual(['chat.writing']);
  });

  it('tell the place in the queue, and the wait once it is worth telling', () => {
    const queued = (waitMs: number) =>
      progress(answer({ phase: 'queued', queue: { position: 3, waitMs } }), calm);
    expect(queued(999)).toEqual([{ key: 'chat.queued', args: { ahead: 2 } }]);
    expect(queued(4_100)[1]).toEqual({ key: 'chat.queuedWait', args: { seconds: 5 } });
  });

  it.each([
    ['node_lost', 'chat.nodeLost'],
    ['node_leaving', 'chat.nodeLeaving'],
    ['hub_lost', 'chat.hubLost'],
    ['token_rate', 'chat.tokenRate'],
    ['a_cause_of_a_newer_hub', 'chat.recovering'],
  ])('tell why it stands still: %s', (cause, key) => {
    const still = answer({ phase: 'running', text: 'a', recovering: cause as Cause });
    expect(keys(still)).toEqual([key]);
    expect(keys({ ...still, queue: { position: 1, waitMs: 0 } })).toEqual([key, 'chat.queuedNext']);
  });

  it('tell of the line rather than of what is no longer known', () => {
    const running = answer({ phase: 'running', text: 'a', recovering: 'node_lost' });
    expect(keys(running, { cut: 'gone' })).toEqual(['chat.cut']);
    expect(keys(running, { cut: 'silent' })).toEqual(['chat.silent']);
  });

  it('tell once that something waits for the line', () => {
    // At a prompt it is said beside the prompt.
    expect(keys(answer(), { sending: 'prompt', cut: 'gone' })).toEqual([]);
    expect(keys(answer(), { sending: 'retry', cut: 'gone' })).toEqual(['chat.waitingToSend']);
  });

  it('tell above all that it is being stopped', () => {
    const running = answer({ phase: 'running', text: 'a', recovering: 'node_lost' });
    expect(keys(running, { stopping: true, cut: 'gone' })).toEqual(['composer.stopping']);
  });
});

describe('a retry', () => {
  const failed = (error: ErrorBody | null) => answer({ phase: 'ended', ending: 'failed', error });
  const error = (retryable: boolean): ErrorBody => ({
    code: 'x',
    args: {},
    message: '',
    retryable,
  });

  it('is offered where it can help', () => {
    expect(worthRetrying(answer({ phase: 'ended', ending: 'interrupted' }))).toBe(true);
    expect(worthRetrying(failed(error(true)))).toBe(true);
    expect(worthRetrying(failed(null))).toBe(true);
    expect(worthRetrying(failed(error(false)))).toBe(false);
    expect(worthRetrying(answer({ phase: 'ended', ending: 'done' }))).toBe(false);
  });
});
