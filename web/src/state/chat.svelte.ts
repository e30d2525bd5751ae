import { ApiError, type Api } from '../net/api';
import { sentFile, type Attachment } from '../protocol/attachments';
import type {
  ClientFrame,
  ErrorBody,
  GenerationFrame,
  HubFrame,
  SavedFrame,
} from '../protocol/frames';
import { newAnswer, reduce, type Answer } from '../protocol/reduce';
import { Following } from './following';
import { KeptChats } from './kept';
import { OwnNews } from './ownNews';
import { found } from './sensitive';
import {
  confirmed,
  isRunning,
  isUnsaved,
  merge,
  placeholder,
  prompt,
  replace,
  unsavedAnswer,
  visiblePath,
  type Message,
} from './thread';

export interface Notice {
  readonly code: string;
  readonly args: Record<string, unknown>;
  readonly message: string;
}

export interface ChatOptions {
  api: Pick<Api, 'conversation'>;
  /** False if there is no line; the frame is sent again at the next welcome. */
  send: (frame: ClientFrame) => boolean;
  newId: () => string;
  /** The new chat that is open has got its id. */
  onNamed: (conversationId: string) => void;
  /** A prompt is safe in the store: its draft is no longer needed. */
  onSaved: (clientId: string) => void;
  /** A refused prompt leaves the screen with its chat: its words and files must not be lost. */
  onUnsent: (conversationId: string | null, text: string, files: readonly Attachment[]) => void;
  /** A prompt was saved without its files, by a hub of before there were any. */
  onFilesLeft: (conversationId: string, files: readonly Attachment[]) => void;
  /** The hub at the other end takes nothing any more: what is unsent goes to the next one. */
  onHubLeaving: () => void;
  onError: (error: ErrorBody) => void;
}

/** What may go with a prompt besides its text. */
export interface Sent {
  readonly files?: readonly Attachment[];
  /** Kinds of sensitive data that its writer wants to send. */
  readonly confirm?: readonly string[];
  /** An earlier prompt: this one takes its place, beside it rather than after what is shown. */
  readonly insteadOf?: Pick<Message, 'parentId'> | null;
}

interface Outgoing {
  readonly frame: Extract<ClientFrame, { type: 'chat.send' | 'chat.retry' }>;
  readonly files: readonly Attachment[];
  /** The view that it was sent from; another chat may be open when the answer comes. */
  readonly view: number;
}

const RELOAD_MS = 150;
/** A chat that could not be read is tried again by itself. */
export const RELOAD_AGAIN_MS = 5_000;

/**
 * The chat that is open: its messages, what is being sent, and the answers being written. It sends
 * again what was not confirmed, and resumes what was cut.
 */
export class Chat {
  id: string | null = $state(null);
  /** Counts the chats opened. A new chat that gets its id is still the same view. */
  view = $state(0);
  title = $state('');
  messages: readonly Message[] = $state.raw([]);
  loading = $state(false);
  loadError: 'not_found' | 'failed' | null = $state(null);
  notice: Notice | null = $state.raw(null);
  /** Another answer was refused for what the chat contains. */
  refusedRetry: { readonly message: Message; readonly error: ErrorBody } | null = $state.raw(null);
  /** Generations that were asked to stop, until they end. */
  stopping: ReadonlySet<string> = $state.raw(new Set());
  private chosen: ReadonlyMap<string, string> = $state.raw(new Map());

  readonly path = $derived(visiblePath(this.messages, this.chosen));
  readonly running = $derived(this.messages.find(isRunning) ?? null);

  private readonly options: ChatOptions;
  private readonly ownNews = new OwnNews();
  private reloadTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly outbox = new Map<string, Outgoing>();
  private readonly following: Following;
  private readonly kept = new KeptChats();

  constructor(options: ChatOptions) {
    this.options = options;
    this.following = new Following(options.send, (generationId) => this.quiet(generationId));
  }

  /** Opens a stored chat, or an empty new one. */
  async open(id: string | null): Promise<void> {
    if (id !== null && id === this.id && !this.loadError) return;
    this.leaveUnsent();
    if (this.id !== null) this.kept.keep(this.id, this.title, this.messages);
    this.view++;
    const kept = id ? this.kept.get(id) : undefined;
    this.id = id;
    this.title = kept?.title ?? '';
    this.messages = kept?.messages ?? [];
    this.chosen = new Map();
    this.notice = null;
    this.refusedRetry = null;
    this.loadError = null;
    this.loading = false;
    this.ownNews.forget();
    clearTimeout(this.reloadTimer);
    await this.reload();
  }

  /** Reads the store again, and follows what is being written. */
  async reload(): Promise<void> {
    const { id, view } = this;
    if (id === null) return;
    this.loading = this.messages.length === 0 && !this.loadError;
    try {
      const stored = await this.options.api.conversation(id);
      if (view !== this.view) return;
      this.title = stored.title;
      this.messages = merge(this.messages, stored.messages);
      this.loadError = null;
      this.follow();
    } catch (e) {
      if (view !== this.view) return;
      if (e instanceof ApiError && e.status === 404) this.loadError = 'not_found';
      else if (this.messages.length === 0) {
        this.loadError = 'failed';
        this.reloadIn(RELOAD_AGAIN_MS);
      }
    } finally {
      if (view === this.view) this.loading = false;
    }
  }

  /** Sends a prompt. Returns the id under which `onSaved` will confirm it. */
  send(text: string, model: string | null, sent: Sent = {}): string {
    const { files = [], confirm = [], insteadOf = null } = sent;
    const id = this.options.newId();
    // What was refused is not in the store, and nothing can follow it there.
    const last = this.path.findLast(({ message }) => !message.sending)?.message.id ?? null;
    const parentId = insteadOf ? insteadOf.parentId : last;
    const now = new Date().toISOString();
    this.notice = null;
    this.refusedRetry = null;
    const asked = prompt({ id, parentId, text, files, createdAt: now }, insteadOf !== null);
    this.messages = [...this.messages, asked, placeholder(id, id, now)];
    this.choose(parentId, id);
    const frame = {
      type: 'chat.send',
      id,
      conversationId: this.id,
      parentId,
      model,
      text,
      ...(files.length > 0 && { files: files.map(sentFile) }),
      ...(confirm.length > 0 && { confirm }),
    } as const;
    this.post(frame, files);
    return id;
  }

  /** Another answer beside this one. */
  retry(message: Message, confirm: readonly string[] = []): void {
    const id = this.options.newId();
    const answer = placeholder(id, message.parentId, new Date().toISOString());
    this.notice = null;
    this.refusedRetry = null;
    this.messages = [...this.messages, answer];
    this.choose(message.parentId, answer.id);
    const frame = { type: 'chat.retry', id, messageId: message.id } as const;
    this.post(confirm.length > 0 ? { ...frame, confirm } : frame);
  }

  /** Sends a refused prompt once more, under a new id. */
  sendAgain(message: Message, model: string | null, confirm: readonly string[] = []): string {
    this.discard(message);
    const insteadOf = message.sending?.instead ? message : null;
    return this.send(message.text, model, { files: message.files, confirm, insteadOf });
  }

  /** Takes a refused prompt off the screen. */
  discard(message: Message): void {
    this.messages = this.messages.filter((other) => other.id !== message.id);
  }

  stop(): void {
    const answer = this.running?.answer;
    if (!answer || this.stopping.has(answer.generationId)) return;
    this.stopping = new Set([...this.stopping, answer.generationId]);
    this.sendStop(answer.generationId);
  }

  /** A prompt that is not saved yet has no generation to stop: `saved` sends this then. */
  private sendStop(generationId: string): void {
    if (isUnsaved(generationId)) return;
    this.options.send({ type: 'chat.stop', generationId });
  }

  /** Shows one of the versions beside each other. */
  choose(parentId: string | null, id: string): void {
    this.chosen = new Map(this.chosen).set(parentId ?? '', id);
  }

  /** A new socket: nothing is followed on it yet, and nothing sent before is certain. */
  welcomed(again: boolean): void {
    this.following.reset();
    for (const { frame } of this.outbox.values()) this.options.send(frame);
    this.follow();
    for (const generationId of this.stopping) this.sendStop(generationId);
    if (again) void this.reload();
  }

  onFrame(frame: HubFrame): void {
    switch (frame.type) {
      case 'chat.saved':
        this.saved(frame);
        break;
      case 'generation.queued':
      case 'generation.started':
      case 'delta':
      case 'generation.finished':
      case 'generation.failed':
      case 'resumed':
      case 'generation.recovering':
      case 'generation.storing':
        this.advance(frame);
        break;
      case 'notice':
        this.notice = frame;
        break;
      case 'error':
        this.refused(frame.ref, frame.error);
        break;
      case 'conversation.changed':
        this.changed(frame);
        break;
      default:
        break;
    }
  }

  /** Whether a change in this chat that the hub tells of was made by this tab. */
  isOwnNews(conversationId: string): boolean {
    if (conversationId !== this.id) return false;
    return this.running !== null || this.outbox.size > 0 || this.ownNews.expected;
  }

  clear(): void {
    this.view++;
    this.id = null;
    this.title = '';
    this.messages = [];
    this.outbox.clear();
    this.kept.clear();
    this.stopping = new Set();
    this.loadError = null;
  }

  private post(frame: Outgoing['frame'], files: readonly Attachment[] = []): void {
    this.outbox.set(frame.id, { frame, files, view: this.view });
    this.options.send(frame);
  }

  private saved(frame: SavedFrame): void {
    const outgoing = this.outbox.get(frame.id);
    this.outbox.delete(frame.id);
    if (outgoing) this.options.onSaved(frame.id);
    if (outgoing?.view === this.view) {
      this.following.add(frame.generationId);
      this.confirm(frame, outgoing.frame.type === 'chat.send');
    } else if (frame.conversationId === this.id) {
      // Sent in another tab: its words are in the store, and this socket must ask for the answer.
      if (!this.messages.some((m) => m.answer?.generationId === frame.generationId)) {
        void this.reload();
      }
    }
    if (outgoing && outgoing.files.length > 0 && !frame.files) {
      this.options.onFilesLeft(frame.conversationId, outgoing.files);
    }
  }

  private confirm(frame: SavedFrame, withPrompt: boolean): void {
    const placeholderId = unsavedAnswer(frame.id);
    this.messages = confirmed(this.messages, frame, withPrompt);
    this.rechoose(frame.id, frame.userMessageId);
    this.rechoose(placeholderId, frame.answerId);
    this.title = frame.title;
    if (this.id === null) {
      this.id = frame.conversationId;
      this.options.onNamed(frame.conversationId);
    }
    if (this.stopping.has(placeholderId)) {
      this.stopping = new Set(
        [...this.stopping, frame.generationId].filter((g) => g !== placeholderId),
      );
      this.options.send({ type: 'chat.stop', generationId: frame.generationId });
    }
  }

  /** Another tab or device wrote in the chat that is open here: its words are in the store. */
  private changed(frame: HubFrame & { type: 'conversation.changed' }): void {
    if (frame.conversationId !== this.id || frame.deleted) return;
    this.title = frame.title;
    if (!this.isOwnNews(frame.conversationId)) this.reloadIn(RELOAD_MS);
    else if (!this.running) this.ownNews.forget();
  }

  private reloadIn(ms: number): void {
    clearTimeout(this.reloadTimer);
    this.reloadTimer = setTimeout(() => void this.reload(), ms);
  }

  private rechoose(from: string, to: string): void {
    this.chosen = new Map(
      [...this.chosen].map(([parent, child]) => [
        parent === from ? to : parent,
        child === from ? to : child,
      ]),
    );
  }

  private advance(frame: GenerationFrame): void {
    const message = this.find(frame.generationId);
    if (!message?.answer) return;
    const before = message.answer;
    const answer = reduce(before, frame);
    if (answer === before) return;
    const wasCut = before.gap;
    this.messages = replace(this.messages, message.id, (m) => ({ ...m, answer }));
    this.following.heard(answer, hasMoved(before, answer));
    if (answer.phase === 'ended') {
      this.ownNews.expect();
      this.following.remove(answer.generationId);
      this.stopping = new Set([...this.stopping].filter((id) => id !== answer.generationId));
    } else if (answer.gap && (!wasCut || frame.type === 'resumed')) {
      if (this.following.resume(answer) === 'restart') void this.restart(answer.generationId);
    } else if (frame.type === 'delta') {
      this.following.progressed(answer.generationId);
    }
  }

  private messageOf(id: string): Message | undefined {
    return this.messages.find((message) => message.id === id);
  }

  private find(generationId: string): Message | undefined {
    return this.messages.find((m) => m.answer?.generationId === generationId);
  }

  /** Nothing was heard of an answer for long: its tail may be lost, or the wish to stop it. */
  private quiet(generationId: string): void {
    const message = this.find(generationId);
    if (!message?.answer || !isRunning(message)) {
      this.following.remove(generationId);
      return;
    }
    this.following.follow(message.answer);
    if (this.stopping.has(generationId)) this.sendStop(generationId);
  }

  /** Refused prompts leave the screen with their chat; they go back to its draft. */
  private leaveUnsent(): void {
    for (const { sending, text, files } of this.messages) {
      if (sending?.status === 'failed') this.options.onUnsent(this.id, text, files);
    }
  }

  /** A stream that never fits is given up for the store's version of it. */
  private async restart(generationId: string): Promise<void> {
    this.messages = this.messages.map((m) =>
      m.answer?.generationId === generationId
        ? { ...m, answer: newAnswer(generationId, m.answer.epoch) }
        : m,
    );
    await this.reload();
  }

  private follow(): void {
    for (const { answer, sending } of this.messages) {
      if (answer && !sending) this.following.follow(answer);
    }
  }

  private refused(ref: string | null, error: ErrorBody): void {
    const outgoing = ref ? this.outbox.get(ref) : undefined;
    if (ref && outgoing && error.code === 'hub_leaving') {
      this.options.onHubLeaving();
    } else if (ref && outgoing) {
      this.outbox.delete(ref);
      this.messages = this.messages.filter((message) => message.id !== unsavedAnswer(ref));
      this.stopping = new Set([...this.stopping].filter((id) => id !== unsavedAnswer(ref)));
      const mine = this.messages.some((message) => message.id === ref);
      this.messages = replace(this.messages, ref, (message) => ({
        ...message,
        sending: { ...message.sending, clientId: ref, status: 'failed', error },
      }));
      const retried =
        outgoing.frame.type === 'chat.retry' && outgoing.view === this.view && found(error)
          ? this.messageOf(outgoing.frame.messageId)
          : undefined;
      if (retried) this.refusedRetry = { message: retried, error };
      else if (!mine) this.options.onError(error);
      if (!mine && outgoing.frame.type === 'chat.send') {
        const { conversationId, text } = outgoing.frame;
        this.options.onUnsent(conversationId, text, outgoing.files);
      }
    } else if (ref && this.messages.some((m) => m.answer?.generationId === ref && isRunning(m))) {
      // The hub can't serve this generation: what became of it is in the store, or will be soon.
      this.stopping = new Set([...this.stopping].filter((id) => id !== ref));
      if (error.retryable) this.following.refused(ref);
      void this.reload();
    } else {
      this.options.onError(error);
    }
  }
}

/** Whether a frame brought this answer on, rather than said again where it stands. */
function hasMoved(before: Answer, after: Answer): boolean {
  return (
    after.length > before.length ||
    after.phase !== before.phase ||
    after.recovering !== before.recovering ||
    after.queue?.position !== before.queue?.position
  );
}
