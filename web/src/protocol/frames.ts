import type { SentFile, StoredFile } from './attachments';

/**
 * The frames of the websocket, as hub-api defines them (its golden JSON is read by the tests).
 * Positions and lengths are code points of the answer's text.
 */

export interface ErrorBody {
  code: string;
  args: Record<string, unknown>;
  message: string;
  retryable: boolean;
}

export interface User {
  id: string;
  name: string;
  displayName: string;
  locale: string;
  roles: string[];
  mustChangePassword: boolean;
}

export interface Model {
  name: string;
  title: string;
  description: Record<string, string>;
  contextLength: number;
  available: boolean;
  default: boolean;
}

export interface Usage {
  promptTokens: number;
  completionTokens: number;
  /** Tokens that were computed to be read. */
  prefilledTokens?: number;
}

/** A part of an answer: `answer`, `thought`, `tool_call`, or what a newer hub knows besides. */
export interface Passage {
  readonly type: string;
  readonly text: string;
}

/** Why an answer stands still while other machines take it over. */
export type Cause = 'node_lost' | 'node_leaving' | 'hub_lost' | 'token_rate';

export type FinishReason = 'done' | 'stopped' | 'length' | 'budget';

export type ClientFrame =
  | {
      type: 'chat.send';
      id: string;
      conversationId: string | null;
      parentId: string | null;
      model: string | null;
      /** May be empty if there are files. */
      text: string;
      files?: readonly SentFile[];
      /** Kinds of sensitive data that the writer was told of and wants to send. */
      confirm?: readonly string[];
    }
  | { type: 'chat.retry'; id: string; messageId: string; confirm?: readonly string[] }
  | { type: 'chat.stop'; generationId: string }
  | { type: 'resume'; generationId: string; epoch: number; position: number }
  | { type: 'ping'; t: number };

export interface SavedFrame {
  type: 'chat.saved';
  id: string;
  conversationId: string;
  title: string;
  userMessageId: string;
  answerId: string;
  generationId: string;
  epoch: number;
  /** Of a prompt that was sent with files: those of the frame, in their order. */
  files?: StoredFile[];
  /** Values that the model sees as pseudonyms. */
  masked?: number;
}

/** What happens to one answer; `reduce` understands exactly these. */
export type GenerationFrame =
  | { type: 'generation.queued'; generationId: string; position: number; waitMs: number }
  | { type: 'generation.started'; generationId: string; epoch: number; model: string; node: string }
  | {
      type: 'delta';
      generationId: string;
      epoch: number;
      choice: number;
      from: number;
      /** The type of the passage that the text belongs to; `answer` if it is missing. */
      part?: string;
      text: string;
    }
  | {
      type: 'generation.finished';
      generationId: string;
      epoch: number;
      reason: FinishReason;
      length: number;
      usage: Usage;
    }
  | { type: 'generation.failed'; generationId: string; epoch: number; error: ErrorBody }
  | {
      type: 'resumed';
      generationId: string;
      epoch: number;
      mode: 'continue' | 'rewind';
      position: number;
    }
  | { type: 'generation.recovering'; generationId: string; epoch: number; cause: Cause }
  | { type: 'generation.storing'; generationId: string; epoch: number; stored: boolean };

export type HubFrame =
  | {
      type: 'welcome';
      protocol: number;
      hubId: string;
      user: User;
      models: Model[];
      spreadMs?: number;
    }
  | { type: 'models'; models: Model[] }
  | SavedFrame
  | GenerationFrame
  | {
      type: 'conversation.changed';
      conversationId: string;
      title: string;
      updatedAt: string;
      deleted?: boolean;
    }
  | { type: 'notice'; code: string; args: Record<string, unknown>; message: string }
  | { type: 'error'; ref: string | null; error: ErrorBody }
  | { type: 'pong'; t: number; spreadMs?: number };

const HUB_FRAMES: ReadonlySet<string> = new Set<HubFrame['type']>([
  'welcome',
  'models',
  'chat.saved',
  'generation.queued',
  'generation.started',
  'delta',
  'generation.finished',
  'generation.failed',
  'resumed',
  'generation.recovering',
  'generation.storing',
  'conversation.changed',
  'notice',
  'error',
  'pong',
]);

/**
 * The frame in a text message, or null if this client does not know it: a newer hub may say more,
 * and what is not understood is left alone.
 */
export function parseHubFrame(data: string): HubFrame | null {
  let frame: unknown;
  try {
    frame = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return null;
  return typeof frame.type === 'string' && HUB_FRAMES.has(frame.type) ? (frame as HubFrame) : null;
}

export function isGenerationFrame(frame: HubFrame): frame is GenerationFrame {
  return frame.type === 'delta' || frame.type === 'resumed' || frame.type.startsWith('generation.');
}
