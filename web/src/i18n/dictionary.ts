import type { en } from './en';

export type Key = keyof typeof en;
export type Dictionary = Readonly<Record<Key, string>>;
export type Locale = 'en' | 'zh';

/** The sentence with its `{name}`s filled in. A value that is not given becomes "…". */
export function fill(template: string, args: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name] ?? '…'));
}

/** The language to begin with: the one chosen here before, else the browser's, else English. */
export function firstLocale(stored: string | null, browser: readonly string[]): Locale {
  if (stored === 'en' || stored === 'zh') return stored;
  for (const tag of browser) {
    const language = tag.toLowerCase();
    if (language.startsWith('zh')) return 'zh';
    if (language.startsWith('en')) return 'en';
  }
  return 'en';
}
