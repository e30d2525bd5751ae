package dev.atrium.hub.config;

import java.nio.file.Path;
import java.util.Optional;

/** Who besides this installation itself may say who somebody is, and what follows from groups there. */
public record IdentityConfig(
  Optional<OidcConfig> oidc,
  Optional<LdapConfig> ldap,
  DirectoryMap map
) {
  /** Nobody does. */
  public static IdentityConfig none() {
    return new IdentityConfig(Optional.empty(), Optional.empty(), DirectoryMap.empty());
  }

  static IdentityConfig read(Environment env) {
    Optional<OidcConfig> oidc = OidcConfig.read(env);
    Optional<LdapConfig> ldap = LdapConfig.read(env);
    Optional<Path> map = env.file("ATRIUM_DIRECTORY_MAP_FILE");
    if (map.isPresent() && oidc.isEmpty() && ldap.isEmpty()) {
      throw new ConfigException(
        "ATRIUM_DIRECTORY_MAP_FILE is of no use without ATRIUM_OIDC_ISSUER or ATRIUM_LDAP_URL"
      );
    }
    return new IdentityConfig(
      oidc,
      ldap,
      map.map(DirectoryMap::read).orElseGet(DirectoryMap::empty)
    );
  }
}
