import type { ClientFrame } from '../protocol/frames';
import type { Answer } from '../protocol/reduce';

const MOST_RESUMES = 5;

/** Which answers this socket receives, and how often one had to be resumed without any progress. */
export class Following {
  private readonly ids = new Set<string>();
  private readonly tries = new Map<string, number>();

  constructor(private readonly send: (frame: ClientFrame) => boolean) {}

  /** A new socket follows nothing. */
  reset(): void {
    this.ids.clear();
    this.tries.clear();
  }

  /** The hub sends this answer here without having been asked. */
  add(generationId: string): void {
    this.ids.add(generationId);
  }

  remove(generationId: string): void {
    this.ids.delete(generationId);
    this.tries.delete(generationId);
  }

  progressed(generationId: string): void {
    this.tries.delete(generationId);
  }

  /** Asks for the rest of an answer, unless it comes already. */
  follow(answer: Answer): void {
    if (answer.phase === 'ended' || this.ids.has(answer.generationId)) return;
    const sent = this.send({
      type: 'resume',
      generationId: answer.generationId,
      epoch: answer.epoch,
      position: answer.length,
    });
    if (sent) this.ids.add(answer.generationId);
  }

  /**
   * Text is missing. Asks again a few times; then only what is stored can help (`restart`), and if
   * that does not either, asking for ever would only load the hub (`give-up`).
   */
  resume(answer: Answer): 'asked' | 'restart' | 'give-up' {
    const tries = (this.tries.get(answer.generationId) ?? 0) + 1;
    this.tries.set(answer.generationId, tries);
    this.ids.delete(answer.generationId);
    if (tries > 2 * MOST_RESUMES) return 'give-up';
    if (tries > MOST_RESUMES) return 'restart';
    this.follow(answer);
    return 'asked';
  }
}
