/** The path is `/` for a new chat and `/c/<id>` for a stored one. */
export function conversationOf(path: string): string | null {
  return /^\/c\/([0-9a-fA-F-]{36})\/?$/.exec(path)?.[1] ?? null;
}

/** The code of an error with which the hub sent a browser back from a sign-in service; null without one. */
export function refusedWayIn(search: string): string | null {
  const code = new URLSearchParams(search).get('signin');
  return code && /^[a-z_]{1,40}$/.test(code) ? code : null;
}

/** The address of a share in `/share/<address>`. */
export function shareOf(path: string): string | null {
  return /^\/share\/([\w-]{1,64})\/?$/.exec(path)?.[1] ?? null;
}

export function sharePathOf(address: string): string {
  return `/share/${address}`;
}

/** What is passed on to others. */
export function linkOf(origin: string, address: string): string {
  return origin + sharePathOf(address);
}

export function pathOf(conversationId: string | null): string {
  return conversationId === null ? '/' : `/c/${conversationId}`;
}
