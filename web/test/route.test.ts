import { describe, expect, it, vi } from 'vitest';
import {
  conversationOf,
  linkOf,
  pathOf,
  refusedWayIn,
  shareOf,
  sharePathOf,
} from '../src/state/route';
import { keepWayBack, takeWayBack } from '../src/state/wayBack';

describe('addresses', () => {
  it('name a chat, or none', () => {
    const id = '3b0c9c1e-5a51-4c3c-9d2e-0a1b2c3d4e5f';
    expect(conversationOf(pathOf(id))).toBe(id);
    expect(conversationOf('/')).toBeNull();
    expect(conversationOf('/c/x')).toBeNull();
  });

  it('name a share, or none', () => {
    const address = 'AbC-_0123456789abcdefghi';
    expect(shareOf(sharePathOf(address))).toBe(address);
    expect(linkOf('https://chat.example', address)).toBe(`https://chat.example/share/${address}`);
    expect(conversationOf(sharePathOf(address))).toBeNull();
    expect(shareOf('/share/')).toBeNull();
    expect(shareOf('/c/3b0c9c1e-5a51-4c3c-9d2e-0a1b2c3d4e5f')).toBeNull();
  });

  it('are kept over a sign-in elsewhere, once, and only to places of ours', () => {
    const kept = new Map<string, string>();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    });
    keepWayBack('/share/abc');
    expect(takeWayBack('/')).toBe('/share/abc');
    expect(takeWayBack('/')).toBeNull();
    keepWayBack('/share/abc');
    expect(takeWayBack('/c/other')).toBeNull();
    keepWayBack('//evil.example/share/abc');
    expect(takeWayBack('/')).toBeNull();
    vi.unstubAllGlobals();
    expect(takeWayBack('/')).toBeNull();
  });

  it('bring back the code of a sign-in that failed elsewhere, and nothing that is none', () => {
    expect(refusedWayIn('?signin=sign_in_refused')).toBe('sign_in_refused');
    expect(refusedWayIn('')).toBeNull();
    expect(refusedWayIn('?signin=<b>')).toBeNull();
    expect(refusedWayIn('?signin=')).toBeNull();
  });
});
