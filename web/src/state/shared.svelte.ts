import { ApiError, type Api, type SharedConversation } from '../net/api';
import type { ErrorBody } from '../protocol/frames';

/** The page of somebody's shared chat; closed while there is no address. */
export class Shared {
  address: string | null = $state(null);
  /** What is shown; null while it is read, or if it could not be. */
  conversation: SharedConversation | null = $state.raw(null);
  problem: ErrorBody | null = $state.raw(null);
  private readonly api: Pick<Api, 'share'>;
  /** Counts what was opened: an answer that comes late is not for the page that is open now. */
  private view = 0;

  constructor(api: Pick<Api, 'share'>) {
    this.api = api;
  }

  /** Opens the share of this address; null closes the page. */
  async open(address: string | null): Promise<void> {
    const view = ++this.view;
    this.address = address;
    this.conversation = null;
    this.problem = null;
    if (address === null) return;
    try {
      const read = await this.api.share(address);
      if (view === this.view) this.conversation = read;
    } catch (e) {
      if (view !== this.view) return;
      this.problem =
        e instanceof ApiError
          ? e.body
          : { code: 'bad_answer', args: {}, message: '', retryable: true };
    }
  }
}
