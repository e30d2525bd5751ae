package dev.atrium.hub.auth;

import java.util.Optional;

/**
 * Who is at the other end of a connection, as far as the network tells.
 *
 * @param address of the network peer
 * @param userAgent what the program calls itself, cut to {@value #LONGEST} characters; anybody may claim
 *     anything
 */
public record Peer(String address, Optional<String> userAgent) {
  static final int LONGEST = 200;

  public Peer {
    userAgent = userAgent
      .map(text -> text.replaceAll("\\p{Cntrl}", " ").strip())
      .map(text -> text.length() > LONGEST ? text.substring(0, LONGEST) : text)
      .filter(text -> !text.isEmpty());
  }

  /** Somebody of whom only the address is known. */
  public static Peer at(String address) {
    return new Peer(address, Optional.empty());
  }
}
