package dev.atrium.hub.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A provider of identities by OpenID Connect.
 *
 * @param issuer its address, without a slash at the end
 * @param secretFile holds the client's secret; absent for a public client, which PKCE protects
 * @param title what stands on the button
 * @param nameClaim the claim that becomes the name of a user at the first sign-in
 * @param groupsClaim the claim with the groups; dots lead into objects, as in {@code realm_access.roles}
 * @param createUsers whether somebody who comes for the first time is made a user
 * @param ca PEM of the authorities that its certificate must come from; absent for the usual ones
 */
public record OidcConfig(
  String issuer,
  String clientId,
  Optional<Path> secretFile,
  String title,
  List<String> scopes,
  String nameClaim,
  String groupsClaim,
  boolean createUsers,
  Optional<Path> ca
) {
  public OidcConfig {
    scopes = List.copyOf(scopes);
    if (!scopes.contains("openid")) {
      throw new ConfigException("ATRIUM_OIDC_SCOPES must contain openid");
    }
  }

  static Optional<OidcConfig> read(Environment env) {
    Optional<String> issuer = env.text("ATRIUM_OIDC_ISSUER");
    if (issuer.isEmpty()) {
      env.requireNone("ATRIUM_OIDC_", "ATRIUM_OIDC_ISSUER");
      return Optional.empty();
    }
    String address = issuer.get().replaceAll("/+$", "");
    URI uri = env.httpAddress("ATRIUM_OIDC_ISSUER", address);
    return Optional.of(
      new OidcConfig(
        address,
        env
          .text("ATRIUM_OIDC_CLIENT_ID")
          .orElseThrow(() ->
            new ConfigException("ATRIUM_OIDC_CLIENT_ID must be set with ATRIUM_OIDC_ISSUER")
          ),
        env.file("ATRIUM_OIDC_CLIENT_SECRET_FILE"),
        env.text("ATRIUM_OIDC_TITLE").orElse(uri.getHost()),
        Arrays.asList(env.text("ATRIUM_OIDC_SCOPES").orElse("openid profile email").split("\\s+")),
        env.text("ATRIUM_OIDC_NAME_CLAIM").orElse("preferred_username"),
        env.text("ATRIUM_OIDC_GROUPS_CLAIM").orElse("groups"),
        env.onOff("ATRIUM_OIDC_CREATE_USERS", false),
        env.file("ATRIUM_OIDC_CA")
      )
    );
  }
}
