import type { ClientFrame } from '../protocol/frames';
import type { Answer } from '../protocol/reduce';

const MOST_RESUMES = 5;
/** An answer of which nothing was heard for this long is asked for again, */
export const QUIET_MS = 10_000;
/** then after twice as long each time, up to this. */
export const MOST_QUIET_MS = 60_000;
/** A takeover that the hub has just told of is given more time before it is asked about. */
export const RECOVERING_MS = 20_000;
/** The hub could not serve a resume just now: the first of the next attempts comes soon. */
export const REFUSED_MS = 2_000;

interface Watch {
  timer: ReturnType<typeof setTimeout>;
  /** How often it was asked in vain since the last news. */
  silences: number;
}

/**
 * Which answers this socket receives, how often one had to be resumed without any progress, and how
 * long each has been silent: a tail that got lost somewhere is asked for again, without end but ever
 * more slowly, because a model that reads a long prompt is silent, too.
 */
export class Following {
  private readonly ids = new Set<string>();
  private readonly tries = new Map<string, number>();
  private readonly watches = new Map<string, Watch>();

  /** `onQuiet` is told when an answer has been silent: it asks again by `follow`, or lets it be. */
  constructor(
    private readonly send: (frame: ClientFrame) => boolean,
    private readonly onQuiet: (generationId: string) => void,
  ) {}

  /** A new socket follows nothing. */
  reset(): void {
    this.ids.clear();
    this.tries.clear();
    for (const { timer } of this.watches.values()) clearTimeout(timer);
    this.watches.clear();
  }

  /** The hub sends this answer here without having been asked. */
  add(generationId: string): void {
    this.ids.add(generationId);
    this.watch(generationId, QUIET_MS);
  }

  remove(generationId: string): void {
    this.ids.delete(generationId);
    this.tries.delete(generationId);
    clearTimeout(this.watches.get(generationId)?.timer);
    this.watches.delete(generationId);
  }

  /** Something was heard of this answer. Only what moved it (`news`) makes the next silence short. */
  heard(answer: Answer, news: boolean): void {
    const id = answer.generationId;
    if (!this.ids.has(id)) return;
    const silences = news ? 0 : this.silences(id);
    this.watch(id, answer.recovering ? RECOVERING_MS : quiet(silences, QUIET_MS), silences);
  }

  progressed(generationId: string): void {
    this.tries.delete(generationId);
  }

  /** Asks for the rest of an answer, unless it comes already. */
  follow(answer: Answer): void {
    const id = answer.generationId;
    if (answer.phase === 'ended' || this.ids.has(id)) return;
    const sent = this.send({
      type: 'resume',
      generationId: id,
      epoch: answer.epoch,
      position: answer.length,
    });
    if (!sent) return;
    this.ids.add(id);
    this.watch(id, quiet(this.silences(id), QUIET_MS));
  }

  /** The hub could not go on with this answer just now. */
  refused(generationId: string): void {
    this.watch(generationId, quiet(this.silences(generationId), REFUSED_MS));
  }

  /**
   * Text is missing. Asks again a few times; then only what is stored can help (`restart`), and if
   * that does not either, it is asked for as seldom as one that is silent (`give-up`).
   */
  resume(answer: Answer): 'asked' | 'restart' | 'give-up' {
    const tries = (this.tries.get(answer.generationId) ?? 0) + 1;
    this.tries.set(answer.generationId, tries);
    if (tries > 2 * MOST_RESUMES) {
      this.watch(answer.generationId, MOST_QUIET_MS);
      return 'give-up';
    }
    this.ids.delete(answer.generationId);
    if (tries > MOST_RESUMES) return 'restart';
    this.follow(answer);
    return 'asked';
  }

  private silences(generationId: string): number {
    return this.watches.get(generationId)?.silences ?? 0;
  }

  private watch(generationId: string, ms: number, silences = this.silences(generationId)): void {
    clearTimeout(this.watches.get(generationId)?.timer);
    const timer = setTimeout(() => {
      this.ids.delete(generationId);
      this.watches.set(generationId, { timer, silences: silences + 1 });
      this.onQuiet(generationId);
    }, ms);
    this.watches.set(generationId, { timer, silences });
  }
}

function quiet(silences: number, first: number): number {
  return Math.min(MOST_QUIET_MS, first * 2 ** silences);
}
