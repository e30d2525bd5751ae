import { i18n, t, hasText } from '../i18n/i18n.svelte';
import type { Locale } from '../i18n/dictionary';
import { Api, ApiError, type Notice } from '../net/api';
import { Connection, type Authorization } from '../net/connection';
import type { Attachment } from '../protocol/attachments';
import type { ErrorBody, HubFrame, User } from '../protocol/frames';
import { Attachments } from './attachments.svelte';
import { Chat } from './chat.svelte';
import { saveFiles } from './draftFiles';
import {
  forgetDraft,
  forgetDrafts,
  holdUnsent,
  keepUnsent,
  recoverUnsent,
  releaseUnsent,
  saveDraft,
} from './drafts';
import { Find } from './find.svelte';
import { History } from './history.svelte';
import { Line } from './line.svelte';
import { Models } from './models.svelte';
import { conversationOf, pathOf, shareOf } from './route';
import { Shared } from './shared.svelte';
import { load, save } from './storage';
import type { Message } from './thread';
import { Toasts } from './toasts.svelte';
import { takeWayBack } from './wayBack';

/** Which page is shown. */
export type Stage = 'loading' | 'unreachable' | 'sign-in' | 'new-password' | 'chat';

const BEGIN_AGAIN_MS = 4_000;

/**
 * The client as a whole: who is signed in, which page is shown, and the wiring between the line to
 * the hub and the rooms that listen to it.
 */
export class App {
  stage: Stage = $state('loading');
  user: User | null = $state.raw(null);
  expired = $state(false);
  drawer = $state(false);
  /** An earlier prompt that is being changed: sending takes its place. */
  editing: Message | null = $state.raw(null);
  /** Counts up when a draft was put back into storage: the composer reads it again. */
  restored = $state(0);
  readonly line = new Line();
  readonly toasts = new Toasts();
  readonly models = new Models();
  readonly api: Api;
  readonly history: History;
  readonly find: Find;
  /** What the reader has not been told yet. */
  notices: readonly Notice[] = $state.raw([]);
  readonly chat: Chat;
  readonly attachments = new Attachments();
  readonly shared: Shared;
  private readonly connection: Connection;
  /** Typed a moment ago and to be replaced now: it need not be typed twice. Never stored. */
  oneTimePassword = '';
  private languageChosen = false;
  private beginTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.api = new Api({
      locks: navigator.locks,
      storage: localStorageIfAllowed(),
      onExpired: () => this.signedOut(true),
      onPasswordChangeRequired: () => (this.stage = 'new-password'),
    });
    this.history = new History(this.api);
    this.find = new Find(this.api);
    this.shared = new Shared(this.api);
    this.chat = new Chat({
      api: this.api,
      send: (frame) => this.connection.send(frame),
      newId: () => crypto.randomUUID(),
      onNamed: (id) => {
        if (this.shared.address === null) history.replaceState(null, '', pathOf(id));
      },
      onSaved: (clientId) => releaseUnsent(clientId),
      onUnsent: keepUnsent,
      onFilesLeft: (id, files) => {
        this.attachments.bringBack(id, files, id === this.chat.id);
        this.toasts.show('error', t('file.left'));
      },
      onHubLeaving: () => this.connection.leave(),
      onError: (error) => this.toasts.show('error', sentence(error)),
    });
    this.connection = new Connection({
      url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
      authorize: (limitMs) => this.authorize(limitMs),
      awaits: () => this.chat.running !== null,
      onFrame: (frame) => this.onFrame(frame),
      onState: (state) => this.line.become(state),
      onSignIn: () => this.signedOut(true),
      isOnline: () => navigator.onLine,
    });
  }

  /** Called once: finds out who is signed in, and listens to the browser. */
  start(): void {
    i18n.show();
    addEventListener('online', () => this.connection.retryNow());
    addEventListener('offline', () => this.connection.networkLost());
    addEventListener('popstate', () => this.show());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.connection.retryNow();
    });
    void this.begin();
  }

  /** `again`: nobody has asked for it, so that the page stays as it is until there is news. */
  async begin(again = false): Promise<void> {
    if (!again) this.stage = 'loading';
    try {
      const session = await this.api.session();
      if (session) this.signedIn(session.user);
      else this.stage = 'sign-in';
    } catch (e) {
      if (e instanceof ApiError && e.code === 'password_change_required') return;
      this.stage = 'unreachable';
      clearTimeout(this.beginTimer);
      this.beginTimer = setTimeout(() => {
        if (this.stage === 'unreachable') void this.begin(true);
      }, BEGIN_AGAIN_MS);
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    const user = await this.api.signIn(name, password);
    this.oneTimePassword = user.mustChangePassword ? password : '';
    this.signedIn(user);
  }

  async changePassword(current: string, next: string): Promise<void> {
    await this.api.changePassword(current, next);
    this.oneTimePassword = '';
    if (!this.user) return;
    const first = this.user.mustChangePassword;
    this.user = { ...this.user, mustChangePassword: false };
    // The account is new: it speaks the language in which its owner reads this page.
    if (first) {
      this.languageChosen = true;
      this.enter();
    }
    this.toasts.show('info', t('password.saved'));
  }

  async signOut(): Promise<void> {
    this.connection.stop();
    let elsewhere: string | null = null;
    try {
      elsewhere = await this.api.signOut();
    } catch (e) {
      if (!(e instanceof ApiError) || e.status !== 401) {
        this.connection.start();
        this.toasts.show('error', describe(e));
        return;
      }
    }
    forgetDrafts();
    this.signedOut(false);
    this.go(null);
    if (elsewhere) location.assign(elsewhere);
  }

  setLocale(locale: Locale): void {
    i18n.set(locale);
    this.languageChosen = true;
    if (this.stage === 'chat') void this.saveLocale();
  }

  /** Of what is shown: a shared chat or one's own. */
  get title(): string {
    return this.shared.address === null ? this.chat.title : (this.shared.conversation?.title ?? '');
  }

  /** Opens a chat and puts it into the address. */
  go(conversationId: string | null): void {
    this.drawer = false;
    if (location.pathname !== pathOf(conversationId)) {
      history.pushState(null, '', pathOf(conversationId));
    }
    this.show();
  }

  /** What the address names: a share, a chat, or a new one. */
  private show(): void {
    const { pathname } = location;
    this.editing = null;
    void this.shared.open(shareOf(pathname));
    void this.chat.open(conversationOf(pathname));
  }

  send(text: string, files: readonly Attachment[] = []): void {
    const insteadOf = this.editing;
    this.editing = null;
    const id = this.chat.send(text, this.models.current?.name ?? null, { files, insteadOf });
    holdUnsent(id, this.chat.id, text, files);
  }

  /** Sends a refused prompt once more, confirming these kinds of sensitive data. */
  sendAgain(message: Message, confirm: readonly string[] = []): void {
    const id = this.chat.sendAgain(message, this.models.current?.name ?? null, confirm);
    holdUnsent(id, this.chat.id, message.text, message.files);
  }

  /** A prompt that could not be sent becomes the draft again, to be changed. */
  backToDraft(message: Message): void {
    this.chat.discard(message);
    if (message.sending?.instead) {
      this.editing = message;
      return;
    }
    saveDraft(this.chat.id, message.text);
    saveFiles(this.chat.id, message.files);
    this.restored++;
  }

  /** The text of a file of the chat that is open. */
  async fileText(id: string): Promise<string> {
    return (await this.api.file(this.chat.id ?? '', id)).text;
  }

  async remove(conversationId: string): Promise<void> {
    await this.history.remove(conversationId);
    if (this.chat.id === conversationId) this.go(null);
  }

  async noticeSeen(id: string): Promise<void> {
    this.notices = this.notices.filter((notice) => notice.id !== id);
    // If it can't be noted now, the reader is told once more the next time.
    await this.api.noticeSeen(id).catch(() => undefined);
  }

  retryLine(): void {
    if (this.line.kind === 'refused') this.connection.start();
    else this.connection.retryNow();
  }

  private signedIn(user: User): void {
    if (load('user') !== user.id) forgetDrafts();
    save('user', user.id);
    this.user = user;
    this.expired = false;
    if (user.mustChangePassword) this.stage = 'new-password';
    else this.enter();
  }

  private enter(): void {
    this.stage = 'chat';
    recoverUnsent();
    if (this.languageChosen) void this.saveLocale();
    else if (this.user?.locale === 'zh' || this.user?.locale === 'en') i18n.set(this.user.locale);
    void this.history.refresh();
    void this.readNotices();
    const back = takeWayBack(location.pathname);
    if (back) history.replaceState(null, '', back);
    this.show();
    this.connection.start();
  }

  private signedOut(expired: boolean): void {
    this.connection.stop();
    this.expired = expired;
    this.oneTimePassword = '';
    this.user = null;
    this.stage = 'sign-in';
    this.history.clear();
    this.find.clear();
    this.notices = [];
    this.editing = null;
    this.chat.clear();
    void this.shared.open(null);
  }

  private async readNotices(): Promise<void> {
    const of = this.user?.id;
    // Without an answer they are read the next time the page is loaded.
    const notices = await this.api.notices().catch(() => []);
    if (of === this.user?.id) this.notices = notices;
  }

  private async saveLocale(): Promise<void> {
    if (!this.user || this.user.locale === i18n.locale) return;
    this.user = { ...this.user, locale: i18n.locale };
    try {
      await this.api.setLocale(i18n.locale);
    } catch (e) {
      this.toasts.show('error', describe(e));
    }
  }

  private async authorize(limitMs: number): Promise<Authorization> {
    try {
      return (await this.api.session(limitMs)) ? 'ok' : 'sign-in';
    } catch (e) {
      return e instanceof ApiError && e.code === 'password_change_required' ? 'sign-in' : 'later';
    }
  }

  private onFrame(frame: HubFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.models.list = frame.models;
        this.chat.welcomed(this.line.again);
        if (this.line.again) this.history.refreshSoon();
        return;
      case 'models':
        this.models.list = frame.models;
        return;
      case 'chat.saved':
        this.history.changed(frame.conversationId, {
          title: frame.title,
          updatedAt: new Date().toISOString(),
          running: frame.generationId,
        });
        break;
      case 'generation.finished':
      case 'generation.failed':
        this.history.ended(frame.generationId);
        break;
      case 'conversation.changed':
        this.conversationChanged(frame);
        break;
      default:
        break;
    }
    this.chat.onFrame(frame);
  }

  private conversationChanged(frame: HubFrame & { type: 'conversation.changed' }): void {
    if (frame.deleted) {
      this.history.removed(frame.conversationId);
      forgetDraft(frame.conversationId);
      if (this.chat.id === frame.conversationId) this.go(null);
      return;
    }
    this.history.changed(frame.conversationId, {
      title: frame.title,
      updatedAt: frame.updatedAt,
    });
    // What another tab runs is marked by the store only.
    if (!this.chat.isOwnNews(frame.conversationId)) this.history.refreshSoon();
  }
}

/** What went wrong and what to do about it, for a reader. */
export function sentence(error: ErrorBody): string {
  const known = `error.${error.code}`;
  const what =
    error.message || (hasText(known) ? t(known) : t('error.unknown', { code: error.code }));
  const hint = `hint.${error.code}`;
  if (hasText(hint)) return `${what} ${t(hint)}`;
  return error.message || !error.retryable ? what : `${what} ${t('hint.retry')}`;
}

export function describe(e: unknown): string {
  if (e instanceof ApiError) return sentence(e.body);
  return t('error.unknown', { code: e instanceof Error ? e.name : 'unknown' });
}

function localStorageIfAllowed(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
