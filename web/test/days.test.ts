import { describe, expect, it } from 'vitest';
import { byDay, groupOf } from '../src/state/days';

const now = new Date(2026, 10, 23, 0, 30);
const at = (...parts: [number, number, number, number?, number?]) => new Date(...parts);

describe('history by day', () => {
  it('goes by the calendar, not by 24 hours', () => {
    expect(groupOf(at(2026, 10, 23, 0, 1), now).kind).toBe('today');
    expect(groupOf(at(2026, 10, 22, 23, 59), now).kind).toBe('yesterday');
    expect(groupOf(at(2026, 10, 21, 23, 59), now).kind).toBe('week');
    expect(groupOf(at(2026, 10, 16), now).kind).toBe('week');
    expect(groupOf(at(2026, 10, 15, 23, 59), now).kind).toBe('month');
    expect(groupOf(at(2026, 9, 24), now).kind).toBe('month');
    expect(groupOf(at(2026, 9, 23, 23), now)).toEqual({ kind: 'older', year: 2026, month: 9 });
  });

  it('counts a clock that runs ahead as today', () => {
    expect(groupOf(at(2026, 10, 24), now).kind).toBe('today');
  });

  it('keeps the order and cuts where the group changes', () => {
    const item = (date: Date) => ({ updatedAt: date.toISOString() });
    const items = [
      item(at(2026, 10, 23)),
      item(at(2026, 10, 22, 12)),
      item(at(2026, 10, 22, 9)),
      item(at(2026, 7, 2)),
      item(at(2026, 7, 1)),
      item(at(2025, 7, 1)),
    ];
    const groups = byDay(items, now);
    expect(groups.map((group) => group.items.length)).toEqual([1, 2, 2, 1]);
    expect(groups.flatMap((group) => group.items)).toEqual(items);
  });
});
