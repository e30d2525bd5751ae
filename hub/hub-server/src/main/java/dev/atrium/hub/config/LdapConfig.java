package dev.atrium.hub.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory that is asked by LDAP (RFC 4511) whether a password is right, and for groups.
 *
 * @param tls whether the connection is encrypted, from its beginning ({@code ldaps}) or by StartTLS
 * @param bindDn whoever may search; absent for an anonymous search
 * @param userFilter with {@code {name}} for what was typed
 * @param groups where groups are looked for; absent where they are of no interest
 * @param nameAttribute becomes the name of a user at the first sign-in
 * @param createUsers whether somebody who comes for the first time is made a user
 * @param ca PEM of the authorities that its certificate must come from; absent for the usual ones
 */
public record LdapConfig(
  String host,
  int port,
  Tls tls,
  Optional<Bind> bindDn,
  String userBase,
  String userFilter,
  Optional<Groups> groups,
  String nameAttribute,
  boolean createUsers,
  Optional<Path> ca
) {
  /** How the connection is protected; not at all on loopback only. */
  public enum Tls {
    FROM_THE_BEGINNING,
    START_TLS,
    NONE,
  }

  /** Who searches. */
  public record Bind(String dn, Path passwordFile) {}

  /**
   * Where groups are.
   *
   * @param filter with {@code {dn}} for the member: a user, or a group that is in a group
   */
  public record Groups(String base, String filter) {}

  static Optional<LdapConfig> read(Environment env) {
    Optional<String> url = env.text("ATRIUM_LDAP_URL");
    if (url.isEmpty()) {
      env.requireNone("ATRIUM_LDAP_", "ATRIUM_LDAP_URL");
      return Optional.empty();
    }
    URI uri = address(url.get());
    boolean ldaps = "ldaps".equals(uri.getScheme());
    boolean startTls = env.onOff("ATRIUM_LDAP_STARTTLS", !ldaps);
    if (ldaps && startTls) {
      throw new ConfigException("ATRIUM_LDAP_STARTTLS can't be on with ldaps://");
    }
    if (!ldaps && !startTls && !HttpConfig.isLoopback(uri.getHost())) {
      throw new ConfigException(
        "ATRIUM_LDAP_STARTTLS can be off on this machine only: passwords would cross the network in the clear"
      );
    }
    return Optional.of(
      new LdapConfig(
        uri.getHost(),
        uri.getPort() > 0 ? uri.getPort() : ldaps ? 636 : 389,
        ldaps ? Tls.FROM_THE_BEGINNING : startTls ? Tls.START_TLS : Tls.NONE,
        bind(env),
        env
          .text("ATRIUM_LDAP_USER_BASE")
          .orElseThrow(() ->
            new ConfigException("ATRIUM_LDAP_USER_BASE must be set with ATRIUM_LDAP_URL")
          ),
        filter(env, "ATRIUM_LDAP_USER_FILTER", "(uid={name})", "{name}"),
        env
          .text("ATRIUM_LDAP_GROUP_BASE")
          .map(base ->
            new Groups(
              base,
              filter(env, "ATRIUM_LDAP_GROUP_FILTER", "(|(member={dn})(uniqueMember={dn}))", "{dn}")
            )
          ),
        env.text("ATRIUM_LDAP_NAME_ATTRIBUTE").orElse("uid"),
        env.onOff("ATRIUM_LDAP_CREATE_USERS", false),
        env.file("ATRIUM_LDAP_CA")
      )
    );
  }

  private static URI address(String url) {
    try {
      URI uri = new URI(url);
      boolean known = "ldap".equals(uri.getScheme()) || "ldaps".equals(uri.getScheme());
      if (known && uri.getHost() != null && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // Told below, without the text: a password may stand in it.
    }
    throw new ConfigException("ATRIUM_LDAP_URL must be ldaps://host[:port] or ldap://host[:port]");
  }

  private static Optional<Bind> bind(Environment env) {
    Optional<String> dn = env.text("ATRIUM_LDAP_BIND_DN");
    Optional<Path> password = env.file("ATRIUM_LDAP_BIND_PASSWORD_FILE");
    if (dn.isPresent() != password.isPresent()) {
      throw new ConfigException(
        "ATRIUM_LDAP_BIND_DN and ATRIUM_LDAP_BIND_PASSWORD_FILE must be given together"
      );
    }
    return dn.map(d -> new Bind(d, password.orElseThrow()));
  }

  private static String filter(Environment env, String key, String otherwise, String place) {
    String filter = env.text(key).orElse(otherwise);
    if (!filter.startsWith("(") || !filter.endsWith(")") || !filter.contains(place)) {
      throw new ConfigException(key + " must be a filter in parentheses that contains " + place);
    }
    return filter;
  }
}
