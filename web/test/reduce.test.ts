import { describe, expect, it } from 'vitest';
import type { Cause, GenerationFrame } from '../src/protocol/frames';
import { newAnswer, reduce, type Answer } from '../src/protocol/reduce';

const G = 'g-1';
const usage = { promptTokens: 3, completionTokens: 2 };
const delta = (from: number, text: string, epoch = 1): GenerationFrame => ({
  type: 'delta',
  generationId: G,
  epoch,
  choice: 0,
  from,
  text,
});
const started: GenerationFrame = {
  type: 'generation.started',
  generationId: G,
  epoch: 1,
  model: 'm',
  node: 'n',
};
const finished = (length: number, epoch = 1): GenerationFrame => ({
  type: 'generation.finished',
  generationId: G,
  epoch,
  reason: 'done',
  length,
  usage,
});
const resumed = (mode: 'continue' | 'rewind', position: number, epoch = 1): GenerationFrame => ({
  type: 'resumed',
  generationId: G,
  epoch,
  mode,
  position,
});
const play = (...frames: GenerationFrame[]): Answer => frames.reduce(reduce, newAnswer(G, 1));

describe('reduce', () => {
  it('builds the answer of a stream', () => {
    const answer = play(
      { type: 'generation.queued', generationId: G, position: 2, waitMs: 900 },
      started,
      delta(0, '你好 '),
      delta(3, '👋!'),
      finished(5),
    );
    expect(answer).toMatchObject({
      text: '你好 👋!',
      length: 5,
      phase: 'ended',
      ending: 'done',
      model: 'm',
      queue: null,
      usage,
      gap: false,
    });
  });

  it('tells the place in the queue until the answer begins', () => {
    const queued: GenerationFrame = {
      type: 'generation.queued',
      generationId: G,
      position: 2,
      waitMs: 900,
    };
    expect(play(queued)).toMatchObject({ phase: 'queued', queue: { position: 2, waitMs: 900 } });
    expect(play(queued, started).queue).toBeNull();
    expect(play(started, queued)).toMatchObject({ phase: 'running', queue: null });
  });

  it('never appends a delta that does not begin where the text ends', () => {
    for (const wrong of [delta(3, 'x'), delta(1, 'x'), delta(0, 'ab')]) {
      const answer = play(delta(0, 'ab'), wrong);
      expect(answer).toMatchObject({ text: 'ab', length: 2, gap: true });
    }
  });

  it('ignores deltas while the gap is open, and goes on after it was resumed', () => {
    const cut = play(delta(0, 'ab'), delta(4, 'ef'), delta(2, 'XX'));
    expect(cut).toMatchObject({ text: 'ab', gap: true });
    const whole = [resumed('continue', 2), delta(2, 'cd'), delta(4, 'ef'), finished(6)];
    expect(whole.reduce(reduce, cut)).toMatchObject({
      text: 'abcdef',
      gap: false,
      ending: 'done',
    });
  });

  it('cuts back to what was stored when the hub rewinds, in code points', () => {
    const answer = play(
      delta(0, '👋👋👋'),
      resumed('rewind', 1, 2),
      delta(1, '!', 2),
      finished(2, 2),
    );
    expect(answer).toMatchObject({ text: '👋!', length: 2, epoch: 2, ending: 'done' });
  });

  it('asks again if the hub would go on from further than the text reaches', () => {
    expect(play(delta(0, 'ab'), resumed('continue', 5))).toMatchObject({ text: 'ab', gap: true });
  });

  it('takes no end whose length differs from the text held', () => {
    const answer = play(delta(0, 'ab'), finished(6));
    expect(answer).toMatchObject({ phase: 'running', ending: null, gap: true });
  });

  it('ends once: nothing after the end changes it', () => {
    const ended = play(delta(0, 'ab'), finished(2));
    const error = { code: 'node_lost', args: {}, message: '', retryable: true };
    for (const late of [
      delta(2, 'c'),
      finished(3),
      resumed('rewind', 0),
      { type: 'generation.failed', generationId: G, epoch: 9, error } as const,
    ]) {
      expect(reduce(ended, late)).toBe(ended);
    }
  });

  it('keeps what was shown when the answer fails', () => {
    const error = { code: 'node_lost', args: {}, message: 'lost', retryable: true };
    const answer = play(delta(0, 'ab'), {
      type: 'generation.failed',
      generationId: G,
      epoch: 1,
      error,
    });
    expect(answer).toMatchObject({ text: 'ab', phase: 'ended', ending: 'failed', error });
  });

  it('ignores an older owner and other generations', () => {
    const answer = play(delta(0, 'ab', 2));
    expect(reduce(answer, delta(2, 'old', 1))).toBe(answer);
    expect(reduce(answer, finished(2, 1))).toBe(answer);
    expect(reduce(answer, { ...delta(2, 'x', 2), generationId: 'other' })).toBe(answer);
  });

  it('goes on with a newer owner without a break', () => {
    const answer = play(delta(0, 'ab'), delta(2, 'cd', 2), finished(4, 2));
    expect(answer).toMatchObject({ text: 'abcd', epoch: 2, ending: 'done' });
  });

  const recovering = (epoch = 1, cause: Cause = 'node_lost'): GenerationFrame => ({
    type: 'generation.recovering',
    generationId: G,
    epoch,
    cause,
  });
  const storing = (stored: boolean, epoch = 1): GenerationFrame => ({
    type: 'generation.storing',
    generationId: G,
    epoch,
    stored,
  });
  const queued = (position: number): GenerationFrame => ({
    type: 'generation.queued',
    generationId: G,
    position,
    waitMs: 0,
  });

  it('stands still while others take over, until the answer moves or ends', () => {
    const still = play(started, delta(0, 'ab'), recovering());
    expect(still).toMatchObject({ text: 'ab', phase: 'running', recovering: 'node_lost' });
    expect(reduce(still, recovering(2, 'hub_lost'))).toMatchObject({
      recovering: 'hub_lost',
      epoch: 2,
    });
    const error = { code: 'node_lost', args: {}, message: '', retryable: true };
    for (const next of [
      { ...started, epoch: 2 } as GenerationFrame,
      delta(2, 'c'),
      resumed('continue', 2),
      finished(2),
      { type: 'generation.failed', generationId: G, epoch: 1, error } as const,
    ]) {
      expect(reduce(still, next).recovering).toBeNull();
    }
  });

  it('tells the queue of the machine that takes over', () => {
    const still = play(started, delta(0, 'ab'), recovering(), queued(2));
    expect(still).toMatchObject({
      phase: 'running',
      recovering: 'node_lost',
      queue: { position: 2, waitMs: 0 },
    });
    expect(reduce(still, started)).toMatchObject({ queue: null, recovering: null });
  });

  it('waits again when its machine is lost before it began', () => {
    expect(play(queued(1), recovering())).toMatchObject({
      phase: 'queued',
      queue: null,
      recovering: 'node_lost',
    });
  });

  it('knows that it is not stored until it is, or has ended, or another owner tells', () => {
    const unsaved = play(started, storing(false), delta(0, 'ab'));
    expect(unsaved).toMatchObject({ stored: false, text: 'ab' });
    for (const next of [storing(true), finished(2), resumed('continue', 2, 2)]) {
      expect(reduce(unsaved, next).stored).toBe(true);
    }
  });

  it('hears nothing about recovery and storing from an older owner', () => {
    const answer = play(delta(0, 'ab', 3));
    expect(reduce(answer, recovering(2))).toBe(answer);
    expect(reduce(answer, storing(false, 2))).toBe(answer);
  });

  it('counts what a rewind takes back, but not what is sent again at once', () => {
    expect(play(delta(0, '👋👋👋'), resumed('rewind', 1, 2)).takenBack).toBe(2);
    expect(play(delta(0, 'abc'), resumed('continue', 1))).toMatchObject({
      text: 'a',
      takenBack: 0,
    });
  });

  it('keeps the parts of an answer apart, whose positions go on through all of them', () => {
    const thought = (from: number, text: string): GenerationFrame => ({
      ...(delta(from, text) as GenerationFrame & { type: 'delta' }),
      part: 'thought',
    });
    const frames = [thought(0, 'hm '), thought(3, '👋'), delta(4, 'Yes'), delta(7, '.')];
    const answer = play(...frames, finished(8));
    expect(answer).toMatchObject({ text: 'hm 👋Yes.', phase: 'ended', gap: false });
    expect(answer.parts).toEqual([
      { type: 'thought', text: 'hm 👋' },
      { type: 'answer', text: 'Yes.' },
    ]);
    const back = play(...frames, resumed('rewind', 3, 2));
    expect(back.parts).toEqual([{ type: 'thought', text: 'hm ' }]);
    expect(back.text).toBe('hm ');
    expect(newAnswer(G, 1, answer.parts)).toMatchObject({ text: 'hm 👋Yes.', length: 8 });
  });

  it('never changes an answer in place', () => {
    const answer = Object.freeze(newAnswer(G, 1, 'ab'));
    expect(reduce(answer, delta(2, 'c'))).not.toBe(answer);
    expect(answer.text).toBe('ab');
  });

  it('rebuilds the text from any position at which a stream is cut', () => {
    const text = 'Hi 你好 👋 end';
    const points = [...text];
    for (let cut = 0; cut <= points.length; cut++) {
      const held = newAnswer(G, 1, points.slice(0, cut).join(''));
      const rest = points.slice(cut).join('');
      const frames = [resumed('continue', cut), ...(rest ? [delta(cut, rest)] : [])];
      const answer = [...frames, finished(points.length)].reduce(reduce, held);
      expect(answer).toMatchObject({ text, phase: 'ended', gap: false });
    }
  });
});
