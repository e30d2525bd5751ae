import { expect, test } from 'vitest';
import { told, toldOf } from '../src/markdown/thought';

test('a thought is taken off the beginning', () => {
  expect(told('<think>\nhm 你好\n</think>\n\nHi <b>', false)).toEqual({
    thought: 'hm 你好',
    thinking: false,
    answer: 'Hi <b>',
  });
  expect(told('<think>\n\n</think>\n\nHi', false)).toEqual({
    thought: '',
    thinking: false,
    answer: 'Hi',
  });
});

test('an answer without one stays as it is', () => {
  for (const text of ['', 'Hi', ' a <think>b</think>', 'use </think>', '<thin ice']) {
    expect(told(text, false)).toEqual({ thought: '', thinking: false, answer: text });
  }
});

test('however it comes, no piece of a mark is shown and no word goes again', () => {
  const whole = '<think>\nso <b\n</think>\n\nYes, <i>.';
  let thought = '';
  let answer = '';
  for (let n = 1; n <= whole.length; n++) {
    const now = told(whole.slice(0, n), true);
    expect(now.thought.startsWith(thought.trimEnd())).toBe(true);
    expect(now.answer.startsWith(answer)).toBe(true);
    expect(now.answer).not.toContain('think');
    ({ thought, answer } = now);
  }
  expect(thought).toBe('so <b');
  expect(answer).toBe('Yes, <i>.');
});

test('what the hub has told apart is taken as it is, marks and all', () => {
  const thought = { type: 'thought', text: 'so\n' };
  expect(toldOf([thought], true)).toEqual({ thought: 'so', thinking: true, answer: '' });
  expect(toldOf([thought, { type: 'answer', text: '\n<think>?' }], true)).toEqual({
    thought: 'so',
    thinking: false,
    answer: '<think>?',
  });
  const call = { type: 'tool_call', text: '{"name":"weather"}' };
  expect(toldOf([thought, call], false).answer).toContain('```json\n{"name":"weather"}\n```');
});

test('a text of before parts were told apart is read by its marks', () => {
  const parts = [{ type: 'answer', text: '<think>so</think>Yes' }];
  expect(toldOf(parts, false)).toEqual({ thought: 'so', thinking: false, answer: 'Yes' });
});

test('a thought that was broken off is a thought', () => {
  expect(told('<think>so', false)).toEqual({ thought: 'so', thinking: false, answer: '' });
  expect(told('<think>so', true)).toEqual({ thought: 'so', thinking: true, answer: '' });
});
