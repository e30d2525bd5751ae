package dev.atrium.api;

/** Why the hub closed a websocket, as a number that tells the client whether to come back (RFC 6455, 7.4.2). */
public enum CloseCode {
  /** The client speaks something that is not the protocol; coming back would not help. */
  BAD_FRAME(4400, false),
  /** The session is over: sign in again first. */
  SESSION_ENDED(4401, false),
  /** The page that opened the socket is not one of ours. */
  FORBIDDEN_ORIGIN(4403, false),
  /** The client read too slowly; it may come back at once and is caught up from its position. */
  SLOW_READER(4408, true),
  /** This hub is going away; another one answers at the same address. */
  HUB_LEAVING(4409, true),
  /** One frame was larger than the hub takes. */
  TOO_LARGE(4413, false),
  /** This user has too many sockets open. */
  TOO_MANY_SOCKETS(4429, false);

  private final int number;
  private final boolean comeBack;

  CloseCode(int number, boolean comeBack) {
    this.number = number;
    this.comeBack = comeBack;
  }

  /** The number on the wire. */
  public int number() {
    return number;
  }

  /** Whether the client should connect again by itself. */
  public boolean comeBack() {
    return comeBack;
  }
}
