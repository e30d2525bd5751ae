import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isGenerationFrame, parseHubFrame, type ClientFrame } from '../src/protocol/frames';
import { newAnswer, reduce } from '../src/protocol/reduce';

/** The frames as hub-api writes them: both sides are tested against the same files. */
const golden = new URL('../../hub/hub-api/src/main/resources/golden/', import.meta.url);
const names = existsSync(golden)
  ? readdirSync(golden).filter((name) => name.endsWith('.json'))
  : [];
const read = (name: string) => readFileSync(new URL(name, golden), 'utf8');

const fromClient = new Set<string>([
  'chat.send',
  'chat.retry',
  'chat.stop',
  'resume',
  'ping',
] satisfies ClientFrame['type'][]);

describe('golden frames of hub-api', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(names)('%s is known to the client', (name) => {
    const text = read(name);
    const type = (JSON.parse(text) as { type: string }).type;
    if (fromClient.has(type)) return;
    expect(parseHubFrame(text)).toEqual(JSON.parse(text));
  });

  it('has every frame that the client would send', () => {
    const types = names.map((name) => (JSON.parse(read(name)) as { type: string }).type);
    expect(types).toEqual(expect.arrayContaining([...fromClient]));
  });

  it.each(names)('%s is taken by the reducer without an error', (name) => {
    const frame = parseHubFrame(read(name));
    if (!frame || !isGenerationFrame(frame)) return;
    const held = newAnswer(frame.generationId, 1, '你好');
    const answer = reduce(held, frame);
    expect(answer.generationId).toBe(frame.generationId);
    // Each of them moves the answer: a field that was renamed on one side would not.
    expect(answer).not.toEqual(held);
  });
});

describe('parseHubFrame', () => {
  it('leaves alone what it does not know', () => {
    for (const text of ['', 'no json', '1', 'null', '[]', '{}', '{"type":"later.frame"}']) {
      expect(parseHubFrame(text)).toBeNull();
    }
  });
});
