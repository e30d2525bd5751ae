/** What a hub says first. */
export const welcome = { type: 'welcome', protocol: 1, hubId: 'h', user: {}, models: [] };

/**
 * A websocket that is open from the start, takes what is sent, and brings nothing back unless the
 * test says so. `close` does not call `onclose`: in a browser, too, that comes only later.
 */
export class FakeSocket {
  /** Every socket since this was last emptied, in the order in which they were opened. */
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  readyState = 1;
  sent: { type: string }[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(data: string) {
    this.sent.push(JSON.parse(data) as { type: string });
  }

  close() {
    this.readyState = 3;
  }

  /** The hub says something. */
  hear(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The line is lost, or the hub closes it with a code of its own. */
  fall(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}
