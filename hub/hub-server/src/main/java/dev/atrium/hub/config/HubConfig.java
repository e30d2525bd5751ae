package dev.atrium.hub.config;

import dev.atrium.inference.api.cluster.ClusterConfig;
import dev.atrium.keys.Kms;
import dev.atrium.schema.DatabaseUrl;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * All that a hub is told from outside.
 *
 * @param hubId unique in the cluster; part of its bus addresses
 * @param keysDatabase where the personal keys are: another database, with backups of its own
 * @param masterKeyFile the master keys, which unwrap the keys in both databases
 * @param masterKeyKms encrypts that file, if there is one
 * @param audit where checkpoints are written besides the database
 * @param identity who else may say who somebody is
 * @param firstAdminPassword one-time password of the first administrator, never printed
 */
public record HubConfig(
  String hubId,
  HttpConfig http,
  ClusterConfig cluster,
  DatabaseUrl database,
  DatabaseUrl keysDatabase,
  Path masterKeyFile,
  Optional<Kms> masterKeyKms,
  AuditConfig audit,
  IdentityConfig identity,
  Optional<String> firstAdminPassword
) {
  private static final Set<String> KEYS = Set.of(
    "ATRIUM_HUB_ID",
    "ATRIUM_DATA_DIR",
    "ATRIUM_DATABASE_URL",
    "ATRIUM_KEYS_DATABASE_URL",
    "ATRIUM_HTTP_HOST",
    "ATRIUM_HTTP_PORT",
    "ATRIUM_HTTP_DIRECT_PORT",
    "ATRIUM_PUBLIC_ORIGINS",
    "ATRIUM_TLS_CERT",
    "ATRIUM_TLS_KEY",
    "ATRIUM_MASTER_KEY_FILE",
    Kms.ADDRESS,
    Kms.TOKEN_FILE,
    "ATRIUM_AUDIT_FILE",
    "ATRIUM_AUDIT_HTTP_URL",
    "ATRIUM_AUDIT_HTTP_TOKEN_FILE",
    "ATRIUM_AUDIT_SYSLOG",
    "ATRIUM_AUDIT_CA",
    "ATRIUM_OIDC_ISSUER",
    "ATRIUM_OIDC_CLIENT_ID",
    "ATRIUM_OIDC_CLIENT_SECRET_FILE",
    "ATRIUM_OIDC_TITLE",
    "ATRIUM_OIDC_SCOPES",
    "ATRIUM_OIDC_NAME_CLAIM",
    "ATRIUM_OIDC_GROUPS_CLAIM",
    "ATRIUM_OIDC_CREATE_USERS",
    "ATRIUM_OIDC_CA",
    "ATRIUM_LDAP_URL",
    "ATRIUM_LDAP_STARTTLS",
    "ATRIUM_LDAP_CA",
    "ATRIUM_LDAP_BIND_DN",
    "ATRIUM_LDAP_BIND_PASSWORD_FILE",
    "ATRIUM_LDAP_USER_BASE",
    "ATRIUM_LDAP_USER_FILTER",
    "ATRIUM_LDAP_GROUP_BASE",
    "ATRIUM_LDAP_GROUP_FILTER",
    "ATRIUM_LDAP_NAME_ATTRIBUTE",
    "ATRIUM_LDAP_CREATE_USERS",
    "ATRIUM_DIRECTORY_MAP_FILE",
    "ATRIUM_FIRST_ADMIN_PASSWORD"
  );

  public HubConfig {
    if (!hubId.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new ConfigException(
        "ATRIUM_HUB_ID must be 1 to 64 letters, digits, dashes or underscores"
      );
    }
  }

  /**
   * Reads the environment.
   *
   * @throws ConfigException with one clear sentence
   */
  public static HubConfig fromEnvironment(Map<String, String> values) {
    refuseUnknown(values);
    Environment env = new Environment(values);
    try {
      return new HubConfig(
        env.text("ATRIUM_HUB_ID").orElseGet(HubConfig::randomId),
        HttpConfig.read(env),
        ClusterConfig.fromEnvironment(values),
        database(env, "ATRIUM_DATABASE_URL"),
        keysDatabase(env),
        env
          .file("ATRIUM_MASTER_KEY_FILE")
          .orElseThrow(() -> new ConfigException("ATRIUM_MASTER_KEY_FILE must be set")),
        Kms.fromEnvironment(values),
        AuditConfig.read(env),
        IdentityConfig.read(env),
        env.text("ATRIUM_FIRST_ADMIN_PASSWORD")
      );
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  private static void refuseUnknown(Map<String, String> values) {
    Set<String> unknown = new TreeSet<>();
    Set<String> known = new HashSet<>(KEYS);
    known.addAll(ClusterConfig.KEYS);
    for (String key : values.keySet()) {
      if (key.startsWith("ATRIUM_") && !known.contains(key)) {
        unknown.add(key);
      }
    }
    if (!unknown.isEmpty()) {
      throw new ConfigException("a hub does not know " + String.join(", ", unknown));
    }
  }

  private static DatabaseUrl database(Environment env, String key) {
    try {
      return DatabaseUrl.parse(required(env, key));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(key + ": " + e.getMessage());
    }
  }

  private static DatabaseUrl keysDatabase(Environment env) {
    DatabaseUrl keys = database(env, "ATRIUM_KEYS_DATABASE_URL");
    DatabaseUrl main = database(env, "ATRIUM_DATABASE_URL");
    if (
      keys.host().equals(main.host()) &&
      keys.port() == main.port() &&
      keys.name().equals(main.name())
    ) {
      throw new ConfigException(
        "ATRIUM_KEYS_DATABASE_URL must be another database than ATRIUM_DATABASE_URL: erasing a person holds" +
        " for backups only if the keys are not in them"
      );
    }
    return keys;
  }

  private static String required(Environment env, String key) {
    return env.text(key).orElseThrow(() -> new ConfigException(key + " must be set"));
  }

  private static String randomId() {
    return "hub-" + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
  }

  @Override
  public String toString() {
    // The database address hides its password; the one-time password is left out altogether.
    return (
      "HubConfig[" + hubId + ", " + http + ", " + cluster + ", " + database + ", " + audit + "]"
    );
  }
}
