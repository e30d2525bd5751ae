import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fill, firstLocale } from '../src/i18n/dictionary';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('dictionaries', () => {
  it('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(en) as (keyof typeof en)[])('%s has the same arguments', (key) => {
    expect(places(zh[key])).toEqual(places(en[key]));
    expect(zh[key].trim()).not.toBe('');
  });

  it('hold no sentence that nobody says', () => {
    const root = new URL('../src/', import.meta.url);
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|svelte)$/.test(name) && !/i18n\/(en|zh)\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, root), 'utf8'))
      .join('\n');
    const unused = Object.keys(en).filter(
      // Errors and hints are looked up by the code of the error, groups by the kind of the day,
      // findings by the kind of the data.
      (key) => !/^(error|hint|group|sensitive\.kind)\./.test(key) && !sources.includes(`'${key}'`),
    );
    expect(unused).toEqual([]);
  });
});

describe('language', () => {
  it('is the one chosen before, else the browser’s, else English', () => {
    expect(firstLocale('zh', ['en-GB'])).toBe('zh');
    expect(firstLocale(null, ['fr-FR', 'zh-TW', 'en'])).toBe('zh');
    expect(firstLocale('xx', ['de-AT'])).toBe('en');
    expect(firstLocale(null, [])).toBe('en');
  });

  it('fills in what it is given, and shows what is missing', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and …');
  });
});
