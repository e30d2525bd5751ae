/** The address is `/` for a new chat and `/c/<id>` for a stored one. */
export function conversationOf(path: string): string | null {
  return /^\/c\/([0-9a-fA-F-]{36})\/?$/.exec(path)?.[1] ?? null;
}

export function pathOf(conversationId: string | null): string {
  return conversationId === null ? '/' : `/c/${conversationId}`;
}
