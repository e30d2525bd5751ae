/** The hub tells of a change after the end of an answer, too: what was shown here is no news. */
const OWN_NEWS_MS = 1_500;

/**
 * Tells what this tab has just shown from what another one did. One piece of news follows each end;
 * a second one soon after it is somebody else's.
 */
export class OwnNews {
  private until = 0;

  /** An answer has ended here: the hub will say so once. */
  expect(): void {
    this.until = Date.now() + OWN_NEWS_MS;
  }

  get expected(): boolean {
    return Date.now() < this.until;
  }

  /** It has been heard, or another chat was opened. */
  forget(): void {
    this.until = 0;
  }
}
