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

export function save(key: string, value: string | null): void {
  try {
    if (value === null || value === '') localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // See above.
  }
}

/** What somebody else who signs in at this browser must not find: drafts. */
export function forget(keyPrefix: string): void {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i));
    for (const key of keys) if (key?.startsWith(PREFIX + keyPrefix)) localStorage.removeItem(key);
  } catch {
    // See above.
  }
}
