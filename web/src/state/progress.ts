import type { Key } from '../i18n/dictionary';
import type { Cause } from '../protocol/frames';
import type { Answer } from '../protocol/reduce';

/** One sentence to be said in the reader's language. */
export interface Words {
  readonly key: Key;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** What is known of an answer beside its own state. */
export interface Circumstances {
  /** What is on its way and not known to be saved: a prompt, which is seen above, or a retry. */
  readonly sending: 'prompt' | 'retry' | null;
  /** The reader has asked for its end. */
  readonly stopping: boolean;
  /** The line is broken, or silent, for so long that the reader was told. */
  readonly cut: 'gone' | 'silent' | null;
}

const CAUSES: Readonly<Record<Cause, Key>> = {
  node_lost: 'chat.nodeLost',
  node_leaving: 'chat.nodeLeaving',
  hub_lost: 'chat.hubLost',
  token_rate: 'chat.tokenRate',
};

/** What an answer that has not ended is doing, in words; none when its prompt says it already. */
export function progress(answer: Answer, { sending, stopping, cut }: Circumstances): Words[] {
  if (stopping) return [{ key: 'composer.stopping' }];
  if (sending && !cut) return [{ key: 'chat.sending' }];
  if (sending) return sending === 'retry' ? [{ key: 'chat.waitingToSend' }] : [];
  if (cut) return [{ key: cut === 'gone' ? 'chat.cut' : 'chat.silent' }];
  if (answer.recovering) {
    // A cause that a newer hub knows and this client does not.
    const key = CAUSES[answer.recovering] ?? 'chat.recovering';
    return [{ key }, ...waiting(answer)];
  }
  if (answer.queue) return waiting(answer);
  if (answer.phase !== 'running') return [{ key: 'chat.placing' }];
  return [{ key: answer.text ? 'chat.writing' : 'chat.thinking' }];
}

function waiting({ queue }: Answer): Words[] {
  if (!queue) return [];
  const ahead = queue.position - 1;
  const place: Words =
    ahead > 0 ? { key: 'chat.queued', args: { ahead } } : { key: 'chat.queuedNext' };
  if (queue.waitMs < 1000) return [place];
  return [place, { key: 'chat.queuedWait', args: { seconds: Math.ceil(queue.waitMs / 1000) } }];
}

/** Whether asking for the answer once more can help. */
export function worthRetrying(answer: Answer): boolean {
  if (answer.ending === 'interrupted') return true;
  return answer.ending === 'failed' && answer.error?.retryable !== false;
}
