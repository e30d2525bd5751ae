import { describe, expect, it } from 'vitest';
import { conversationOf, pathOf, refusedWayIn } from '../src/state/route';

describe('addresses', () => {
  it('name a chat, or none', () => {
    const id = '3b0c9c1e-5a51-4c3c-9d2e-0a1b2c3d4e5f';
    expect(conversationOf(pathOf(id))).toBe(id);
    expect(conversationOf('/')).toBeNull();
    expect(conversationOf('/c/x')).toBeNull();
  });

  it('bring back the code of a sign-in that failed elsewhere, and nothing that is none', () => {
    expect(refusedWayIn('?signin=sign_in_refused')).toBe('sign_in_refused');
    expect(refusedWayIn('')).toBeNull();
    expect(refusedWayIn('?signin=<b>')).toBeNull();
    expect(refusedWayIn('?signin=')).toBeNull();
  });
});
