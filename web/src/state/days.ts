/** History is grouped by the reader's own days, not by spans of 24 hours. */
export type Group =
  | { kind: 'today' | 'yesterday' | 'week' | 'month' }
  | { kind: 'older'; year: number; month: number };

export function groupOf(updatedAt: Date, now: Date): Group {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const daysAgo = (days: number) =>
    new Date(midnight.getFullYear(), midnight.getMonth(), midnight.getDate() - days);
  if (updatedAt >= midnight) return { kind: 'today' };
  if (updatedAt >= daysAgo(1)) return { kind: 'yesterday' };
  if (updatedAt >= daysAgo(7)) return { kind: 'week' };
  if (updatedAt >= daysAgo(30)) return { kind: 'month' };
  return { kind: 'older', year: updatedAt.getFullYear(), month: updatedAt.getMonth() };
}

function sameGroup(a: Group, b: Group): boolean {
  if (a.kind !== b.kind) return false;
  return a.kind !== 'older' || b.kind !== 'older' || (a.year === b.year && a.month === b.month);
}

/** Items in the order given (newest first), cut where the group changes. */
export function byDay<T extends { updatedAt: string }>(
  items: readonly T[],
  now: Date,
): { group: Group; items: T[] }[] {
  const groups: { group: Group; items: T[] }[] = [];
  for (const item of items) {
    const group = groupOf(new Date(item.updatedAt), now);
    const last = groups.at(-1);
    if (last && sameGroup(last.group, group)) last.items.push(item);
    else groups.push({ group, items: [item] });
  }
  return groups;
}
