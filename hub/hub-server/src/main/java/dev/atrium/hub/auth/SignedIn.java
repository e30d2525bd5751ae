package dev.atrium.hub.auth;

import java.time.Duration;

/**
 * A session and the two tokens for it. Neither token is ever printed.
 *
 * @param accessToken a JWT, to be shown with every request
 * @param refreshToken opaque; exchanged once for a new pair
 */
public record SignedIn(
  Caller caller,
  String displayName,
  String accessToken,
  Duration accessTtl,
  String refreshToken,
  Duration refreshTtl
) {
  @Override
  public String toString() {
    return "SignedIn[" + caller.name() + "]";
  }
}
