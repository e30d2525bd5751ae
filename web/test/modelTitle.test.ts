// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { i18n } from '../src/i18n/i18n.svelte';
import { isBuiltIn, modelTitle } from '../src/i18n/modelTitle';

const starter = { title: 'Starter (small, built in)' };

describe('the title of a model', () => {
  it('is in the language of the page when it is the built-in one', () => {
    i18n.locale = 'en';
    expect(modelTitle(starter)).toBe('Starter (small, built in)');
    i18n.locale = 'zh';
    expect(modelTitle(starter)).toBe('Starter（内置小模型）');
  });

  it('is what the administrator wrote for every other', () => {
    i18n.locale = 'zh';
    expect(isBuiltIn({ title: 'House model' })).toBe(false);
    expect(modelTitle({ title: 'House model' })).toBe('House model');
  });
});
