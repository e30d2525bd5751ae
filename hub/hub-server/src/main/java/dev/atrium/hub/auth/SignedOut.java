package dev.atrium.hub.auth;

import java.util.Optional;

/**
 * A session that its user has ended.
 *
 * @param provider who had vouched for the user
 * @param idToken what that provider had signed, as a hint whose sign-in ends there too
 */
public record SignedOut(String provider, Optional<String> idToken) {
  @Override
  public String toString() {
    return "SignedOut[" + provider + "]";
  }
}
