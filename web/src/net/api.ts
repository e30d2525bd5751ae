import type { StoredFile, TextFile } from '../protocol/attachments';
import type { ErrorBody, FinishReason, Model, Passage, Usage, User } from '../protocol/frames';

/** The HTTP side of the hub: the session, and what is stored. Frames of answers come by websocket. */

export interface ConversationSummary {
  id: string;
  title: string;
  updatedAt: string;
  running: string | null;
}

export interface ConversationPage {
  items: ConversationSummary[];
  next: string | null;
}

/** Where a text stands in the reader's own chats; in the title if there is no message. */
export interface SearchHit {
  conversationId: string;
  title: string;
  messageId: string | null;
  role: string | null;
  at: string;
  excerpt: string;
  start: number;
  length: number;
}

/** Somebody may read the reader's chats until then. */
export interface Notice {
  id: string;
  by: string;
  reason: string;
  from: string;
  until: string;
}

export interface StoredMessage {
  id: string;
  parentId: string | null;
  role: 'user' | 'assistant' | 'system';
  text: string;
  /** Of an answer that has more parts than what was said. */
  parts?: readonly Passage[];
  /** What the user sent with it. */
  files?: readonly StoredFile[];
  createdAt: string;
  status: 'complete' | 'pending' | 'running' | 'stopped' | 'failed' | 'interrupted';
  model?: string | null;
  error?: ErrorBody | null;
  /** Of an answer: the model saw pseudonyms in place of sensitive data. */
  masked?: boolean;
  generation?: {
    id: string;
    epoch: number;
    position: number;
    usage?: Usage | null;
    reason?: FinishReason | null;
  } | null;
}

/** How one may sign in besides by name and password. */
export interface WaysIn {
  oidc?: { title: string };
}

export interface Conversation {
  id: string;
  title: string;
  messages: StoredMessage[];
}

/** A chat that the reader has shared. */
export interface Share {
  id: string;
  /** What opens it. */
  address: string;
  conversationId: string;
  title: string;
  createdAt: string;
  expiresAt: string;
}

export interface SharedMessage {
  role: 'user' | 'assistant';
  text: string;
  files?: readonly TextFile[];
  createdAt: string;
  status: StoredMessage['status'];
  model?: string;
}

/** A share as whoever has its address reads it. */
export interface SharedConversation {
  title: string;
  author: string;
  own: boolean;
  createdAt: string;
  expiresAt: string;
  messages: SharedMessage[];
}

/** A refusal of the hub, or `offline` (nothing was heard) or `bad_answer` (not from a hub). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
  ) {
    super(body.message);
    this.name = 'ApiError';
  }

  get code(): string {
    return this.body.code;
  }
}

export interface ApiOptions {
  fetch?: typeof fetch;
  locks?: Pick<LockManager, 'request'> | undefined;
  storage?: Pick<Storage, 'getItem' | 'setItem'> | undefined;
  now?: () => number;
  /** The session is over: nothing but signing in again helps. */
  onExpired?: () => void;
  /** A one-time password is still in use: every other call is refused until it is changed. */
  onPasswordChangeRequired?: () => void;
}

/** Another tab's refresh counts for this long: its new cookie is this tab's cookie too. */
const FRESH_MS = 5_000;
const TIMEOUT_MS = 20_000;
const REFRESHED_KEY = 'atrium.refreshed';

/**
 * Calls the hub with the cookies of the session. A 401 is answered by one refresh for all tabs, then
 * the call is made again.
 */
export class Api {
  private readonly options: ApiOptions;
  private refreshing: Promise<boolean> | null = null;

  constructor(options: ApiOptions = {}) {
    this.options = options;
  }

  /** The signed-in user; null when nobody is. Each request may take so long. */
  async session(limitMs = TIMEOUT_MS): Promise<{ user: User; hubId: string } | null> {
    try {
      return await this.call('GET', '/api/session', undefined, { tellExpired: false, limitMs });
    } catch (e) {
      if (e instanceof ApiError && e.status === 401) return null;
      throw e;
    }
  }

  async signIn(name: string, password: string): Promise<User> {
    const { user } = await this.once<{ user: User }>('POST', '/api/session', { name, password });
    return user;
  }

  waysIn(): Promise<WaysIn> {
    return this.once('GET', '/api/sign-in');
  }

  /** Where to go to sign out at the company's sign-in service too, if there is such a place. */
  async signOut(): Promise<string | null> {
    const { signOutUrl } = await this.once<{ signOutUrl?: string }>('DELETE', '/api/session', {});
    return signOutUrl ?? null;
  }

  async changePassword(current: string, next: string): Promise<void> {
    await this.call('POST', '/api/session/password', { current, next });
  }

  async setLocale(locale: string): Promise<void> {
    await this.call('PATCH', '/api/session', { locale });
  }

  async models(): Promise<Model[]> {
    return (await this.call<{ models: Model[] }>('GET', '/api/models')).models;
  }

  conversations(before: string | null, limit = 50): Promise<ConversationPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before) query.set('before', before);
    return this.call('GET', `/api/conversations?${query}`);
  }

  conversation(id: string): Promise<Conversation> {
    return this.call('GET', `/api/conversations/${encodeURIComponent(id)}`);
  }

  /** A file that was sent with a message of this chat. */
  file(conversationId: string, id: string): Promise<{ id: string; name: string; text: string }> {
    const [chat, file] = [conversationId, id].map(encodeURIComponent);
    return this.call('GET', `/api/conversations/${chat}/files/${file}`);
  }

  search(text: string, before: string | null): Promise<{ hits: SearchHit[]; next: string | null }> {
    const query = new URLSearchParams({ q: text });
    if (before) query.set('before', before);
    return this.call('GET', `/api/search?${query}`);
  }

  async notices(): Promise<Notice[]> {
    return (await this.call<{ notices: Notice[] }>('GET', '/api/notices')).notices;
  }

  async noticeSeen(id: string): Promise<void> {
    await this.call('POST', `/api/notices/${encodeURIComponent(id)}/seen`, {});
  }

  async shares(conversationId: string | null): Promise<Share[]> {
    const query = conversationId ? `?conversation=${encodeURIComponent(conversationId)}` : '';
    return (await this.call<{ items: Share[] }>('GET', `/api/shares${query}`)).items;
  }

  makeShare(conversationId: string, messageId: string, days: number): Promise<Share> {
    return this.call('POST', '/api/shares', { conversationId, messageId, days });
  }

  async endShare(id: string): Promise<void> {
    await this.call('DELETE', `/api/shares/${encodeURIComponent(id)}`, {});
  }

  share(address: string): Promise<SharedConversation> {
    return this.call('GET', `/api/shares/${encodeURIComponent(address)}`);
  }

  async rename(id: string, title: string): Promise<void> {
    await this.call('PATCH', `/api/conversations/${encodeURIComponent(id)}`, { title });
  }

  async remove(id: string): Promise<void> {
    await this.call('DELETE', `/api/conversations/${encodeURIComponent(id)}`, {});
  }

  /**
   * A new access cookie. False: the session is over. Tabs take turns, and one that waited takes the
   * cookie that the other brought, so that the refresh token is not rotated twice at once.
   */
  refresh(limitMs = TIMEOUT_MS): Promise<boolean> {
    this.refreshing ??= this.refreshOnce(limitMs).finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async refreshOnce(limitMs: number): Promise<boolean> {
    const asked = this.now();
    const locks = this.options.locks;
    if (!locks) return this.rotate(limitMs);
    return locks.request('atrium.refresh', async () => {
      const last = Number(this.options.storage?.getItem(REFRESHED_KEY) ?? 0);
      if (last >= asked && last - asked < FRESH_MS) return true;
      return this.rotate(limitMs);
    });
  }

  private async rotate(limitMs: number): Promise<boolean> {
    try {
      await this.once('POST', '/api/session/refresh', {}, limitMs);
      this.options.storage?.setItem(REFRESHED_KEY, String(this.now()));
      return true;
    } catch (e) {
      if (e instanceof ApiError && e.status === 401) return false;
      throw e;
    }
  }

  private async call<T>(
    method: string,
    path: string,
    body?: unknown,
    { tellExpired = true, limitMs = TIMEOUT_MS } = {},
  ): Promise<T> {
    try {
      return await this.once<T>(method, path, body, limitMs);
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      if (e.code === 'password_change_required') this.options.onPasswordChangeRequired?.();
      // A wrong current password is a 401 as well, and no refresh would make it right.
      if (e.status !== 401 || e.code === 'wrong_credentials') throw e;
      if (await this.refresh(limitMs)) return this.once<T>(method, path, body, limitMs);
      if (tellExpired) this.options.onExpired?.();
      throw e;
    }
  }

  private async once<T>(
    method: string,
    path: string,
    body?: unknown,
    limitMs = TIMEOUT_MS,
  ): Promise<T> {
    const init: RequestInit = {
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(limitMs),
    };
    if (body !== undefined) {
      init.headers = { ...init.headers, 'Content-Type': 'application/json' };
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await (this.options.fetch ?? fetch)(path, init);
    } catch {
      throw new ApiError(0, { code: 'offline', args: {}, message: '', retryable: true });
    }
    const json: unknown = await response.json().catch(() => null);
    if (!response.ok) throw new ApiError(response.status, errorBody(json));
    return json as T;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

function errorBody(json: unknown): ErrorBody {
  const error = (json as { error?: Partial<ErrorBody> } | null)?.error;
  return {
    code: error?.code ?? 'bad_answer',
    args: error?.args ?? {},
    message: error?.message ?? '',
    retryable: error?.retryable ?? true,
  };
}
