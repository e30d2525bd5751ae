/** A sign-in service sends the browser back to `/`; this tab remembers where it wanted to go. */
const KEY = 'atrium.wayBack';

/** To be called before the tab leaves for the sign-in service. */
export function keepWayBack(path: string): void {
  try {
    sessionStorage.setItem(KEY, path);
  } catch {
    // Without storage the way leads to the beginning.
  }
}

/** Where this tab wanted to go, once; null if it came to another place than `/` or wanted nothing. */
export function takeWayBack(here: string): string | null {
  try {
    const path = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return here === '/' && path && /^\/(c|share)\/[\w-]+$/.test(path) ? path : null;
  } catch {
    return null;
  }
}
