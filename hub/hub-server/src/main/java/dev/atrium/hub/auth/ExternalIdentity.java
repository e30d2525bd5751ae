package dev.atrium.hub.auth;

import java.util.Optional;
import java.util.Set;

/**
 * Somebody for whom a directory has vouched.
 *
 * @param provider which directory; subjects of one are nobody in another
 * @param subject who, for ever: a name may be given to somebody else some day
 * @param name what becomes the user's name at the first sign-in
 * @param groups by the names that the directory gives them
 * @param idToken what an OpenID provider signed to say so
 */
record ExternalIdentity(
  Kind kind,
  String provider,
  String subject,
  String name,
  String displayName,
  Optional<String> email,
  String locale,
  Set<String> groups,
  Optional<String> idToken
) {
  /** How they were vouched for. */
  enum Kind {
    OIDC("oidc"),
    LDAP("ldap");

    private final String code;

    Kind(String code) {
      this.code = code;
    }

    String code() {
      return code;
    }
  }

  ExternalIdentity {
    groups = Set.copyOf(groups);
  }

  @Override
  public String toString() {
    return kind.code + " " + subject;
  }
}
