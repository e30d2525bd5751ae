import { load, save } from '../state/storage';
import { fill, firstLocale, type Dictionary, type Key, type Locale } from './dictionary';
import { en } from './en';
import { zh } from './zh';

const dictionaries: Record<Locale, Dictionary> = { en, zh };

/** The language of the page: what reads `t` is drawn again when it changes. */
class I18n {
  locale: Locale = $state(firstLocale(load('locale'), navigator.languages));

  set(locale: Locale): void {
    this.locale = locale;
    save('locale', locale);
    this.show();
  }

  /** Screen readers and the browser's choice of CJK glyphs go by the language of the document. */
  show(): void {
    document.documentElement.lang = this.locale === 'zh' ? 'zh-CN' : 'en';
  }
}

export const i18n = new I18n();

export function t(key: Key, args: Readonly<Record<string, unknown>> = {}): string {
  return fill(dictionaries[i18n.locale][key], args);
}

export function hasText(key: string): key is Key {
  return key in en;
}

const UNITS = ['B', 'KB', 'MB'] as const;

/** So many bytes, as people read the size of a file. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1,024 of one unit is 1 of the next.
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = { maximumFractionDigits: value < 100 ? 1 : 0 };
  return `${new Intl.NumberFormat(i18n.locale, digits).format(value)} ${UNITS[unit]}`;
}

export function number(value: number): string {
  return new Intl.NumberFormat(i18n.locale).format(value);
}
