import { load, save } from './storage';

export type Theme = 'system' | 'light' | 'dark';

/** The theme chosen in this browser; public/theme.js applies it before the first paint. */
class ThemeChoice {
  value: Theme = $state(read());

  set(theme: Theme): void {
    this.value = theme;
    save('theme', theme === 'system' ? null : theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}

function read(): Theme {
  const stored = load('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export const theme = new ThemeChoice();
