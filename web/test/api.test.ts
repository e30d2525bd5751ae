import { describe, expect, it } from 'vitest';
import { Api, ApiError, type ApiOptions } from '../src/net/api';

type Answer = { status: number; json?: unknown };
const code = (name: string) => ({
  error: { code: name, args: {}, message: name, retryable: false },
});

/** A hub of which the access cookie is dead until it was refreshed. */
class FakeHub {
  calls: string[] = [];
  fresh = false;
  refreshes: Answer = { status: 200, json: {} };
  other: Answer = { status: 200, json: { models: [] } };

  fetch = async (path: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const call = `${init?.method} ${String(path)}`;
    this.calls.push(call);
    await Promise.resolve();
    if (call === 'POST /api/session/refresh') {
      this.fresh = this.refreshes.status === 200;
      return answer(this.refreshes);
    }
    return answer(this.fresh ? this.other : { status: 401, json: code('session_expired') });
  };
}

const answer = ({ status, json }: Answer) => new Response(JSON.stringify(json), { status });

/** Locks as a browser gives them: one holder at a time, over all tabs. */
class FakeLocks {
  private last: Promise<unknown> = Promise.resolve();

  request = (_: string, work: () => Promise<boolean>): Promise<boolean> => {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  };
}

function tab(hub: FakeHub, more: Partial<ApiOptions> = {}): Api {
  return new Api({ fetch: hub.fetch as typeof fetch, ...more });
}

describe('Api', () => {
  it('says where to sign out elsewhere, if there is such a place', async () => {
    const hub = new FakeHub();
    hub.fresh = true;
    hub.other = { status: 200, json: { signOutUrl: 'https://id.example/end' } };
    expect(await tab(hub).signOut()).toBe('https://id.example/end');
    hub.other = { status: 200, json: {} };
    expect(await tab(hub).signOut()).toBeNull();
  });

  it('refreshes once for all calls that found the cookie dead, and repeats them', async () => {
    const hub = new FakeHub();
    const api = tab(hub);
    await Promise.all([api.models(), api.models(), api.models()]);
    expect(hub.calls.filter((call) => call.includes('refresh'))).toHaveLength(1);
    expect(hub.calls.filter((call) => call.includes('models'))).toHaveLength(6);
  });

  it('refreshes once for two tabs', async () => {
    const hub = new FakeHub();
    const locks = new FakeLocks() as unknown as LockManager;
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    await Promise.all([
      tab(hub, { locks, storage }).models(),
      tab(hub, { locks, storage }).models(),
    ]);
    expect(hub.calls.filter((call) => call.includes('refresh'))).toHaveLength(1);
  });

  it('tells when the session is over', async () => {
    const hub = new FakeHub();
    hub.refreshes = { status: 401, json: code('session_expired') };
    let expired = 0;
    const api = tab(hub, { onExpired: () => expired++ });
    await expect(api.models()).rejects.toMatchObject({ status: 401, code: 'session_expired' });
    expect(expired).toBe(1);
    expect(hub.calls).toEqual(['GET /api/models', 'POST /api/session/refresh']);
  });

  it('answers null, not an error, when nobody is signed in', async () => {
    const hub = new FakeHub();
    hub.refreshes = { status: 401, json: code('unauthenticated') };
    let expired = 0;
    expect(await tab(hub, { onExpired: () => expired++ }).session()).toBeNull();
    expect(expired).toBe(0);
  });

  it('does not take a hub that is away for the end of the session', async () => {
    const hub = new FakeHub();
    hub.refreshes = { status: 503, json: code('database_unavailable') };
    let expired = 0;
    const api = tab(hub, { onExpired: () => expired++ });
    await expect(api.models()).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(expired).toBe(0);
  });

  it('does not refresh for a wrong password', async () => {
    const hub = new FakeHub();
    hub.fresh = true;
    hub.other = { status: 401, json: code('wrong_credentials') };
    await expect(tab(hub).signIn('ada', 'x')).rejects.toMatchObject({ code: 'wrong_credentials' });
    await expect(tab(hub).changePassword('a', 'b')).rejects.toBeInstanceOf(ApiError);
    expect(hub.calls).toEqual(['POST /api/session', 'POST /api/session/password']);
  });

  it('tells when a one-time password must be changed first', async () => {
    const hub = new FakeHub();
    hub.fresh = true;
    hub.other = { status: 403, json: code('password_change_required') };
    let asked = 0;
    await expect(
      tab(hub, { onPasswordChangeRequired: () => asked++ }).models(),
    ).rejects.toBeInstanceOf(ApiError);
    expect(asked).toBe(1);
  });

  it('gives a code of its own to silence and to answers that are not a hub’s', async () => {
    const silent = (() => Promise.reject(new TypeError('refused'))) as typeof fetch;
    await expect(new Api({ fetch: silent }).models()).rejects.toMatchObject({ code: 'offline' });
    const proxy = (() => Promise.resolve(new Response('<html>', { status: 502 }))) as typeof fetch;
    await expect(new Api({ fetch: proxy }).models()).rejects.toMatchObject({ code: 'bad_answer' });
  });

  it('gives up the question who is signed in when its time is over', async () => {
    const hangs = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const api = new Api({ fetch: hangs as typeof fetch });
    await expect(api.session(10)).rejects.toMatchObject({ code: 'offline' });
  });
});
