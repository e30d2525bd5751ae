/**
 * Small things that this browser remembers. Storage may be forbidden or full: the client then works
 * without, so that nothing here throws.
 */
const PREFIX = 'atrium.';

export function load(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** Whether it is remembered now; if not, what was there before still is. */
export function save(key: string, value: string | null): boolean {
  try {
    if (value === null || value === '') localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
    return true;
  } catch {
    return false;
  }
}

/** The length of all that is remembered under such keys, in UTF-16 units. */
export function stored(keyPrefix: string): number {
  return ownKeys(keyPrefix).reduce((sum, key) => sum + (load(key)?.length ?? 0), 0);
}

/** What somebody else who signs in at this browser must not find: drafts. */
export function forget(keyPrefix: string): void {
  for (const key of ownKeys(keyPrefix)) save(key, null);
}

function ownKeys(prefix: string): string[] {
  try {
    return Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? '')
      .filter((key) => key.startsWith(PREFIX + prefix))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}
