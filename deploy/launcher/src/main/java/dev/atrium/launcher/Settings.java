package dev.atrium.launcher;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The ATRIUM_* settings in the launcher's own environment: some are the launcher's, the others are
 * handed on to the processes they belong to. One that nobody knows is refused, since it is most
 * likely a misspelt one.
 */
final class Settings {

  static final String DATABASE_URL = "ATRIUM_DATABASE_URL";
  static final String KEYS_DATABASE_URL = "ATRIUM_KEYS_DATABASE_URL";
  static final String HUB_JAVA_OPTIONS = "ATRIUM_HUB_JAVA_OPTIONS";
  static final String NODE_JAVA_OPTIONS = "ATRIUM_NODE_JAVA_OPTIONS";

  private static final Set<String> BOTH = Set.of(
    "ATRIUM_CLUSTER_NAME",
    "ATRIUM_BUS_TLS_CERT",
    "ATRIUM_BUS_TLS_KEY",
    "ATRIUM_BUS_TLS_CA"
  );
  private static final Set<String> HUB = Set.of(
    "ATRIUM_AUDIT_CA",
    "ATRIUM_AUDIT_FILE",
    "ATRIUM_AUDIT_SYSLOG",
    "ATRIUM_AUDIT_HTTP_URL",
    "ATRIUM_AUDIT_HTTP_TOKEN_FILE",
    "ATRIUM_DIRECTORY_MAP_FILE",
    "ATRIUM_HTTP_HOST",
    "ATRIUM_LDAP_BIND_DN",
    "ATRIUM_LDAP_BIND_PASSWORD_FILE",
    "ATRIUM_LDAP_CA",
    "ATRIUM_LDAP_CREATE_USERS",
    "ATRIUM_LDAP_GROUP_BASE",
    "ATRIUM_LDAP_GROUP_FILTER",
    "ATRIUM_LDAP_NAME_ATTRIBUTE",
    "ATRIUM_LDAP_STARTTLS",
    "ATRIUM_LDAP_URL",
    "ATRIUM_LDAP_USER_BASE",
    "ATRIUM_LDAP_USER_FILTER",
    "ATRIUM_OIDC_CA",
    "ATRIUM_OIDC_CLIENT_ID",
    "ATRIUM_OIDC_CLIENT_SECRET_FILE",
    "ATRIUM_OIDC_CREATE_USERS",
    "ATRIUM_OIDC_GROUPS_CLAIM",
    "ATRIUM_OIDC_ISSUER",
    "ATRIUM_OIDC_NAME_CLAIM",
    "ATRIUM_OIDC_SCOPES",
    "ATRIUM_OIDC_TITLE",
    "ATRIUM_MASTER_KEY_KMS",
    "ATRIUM_MASTER_KEY_KMS_TOKEN_FILE",
    "ATRIUM_PUBLIC_ORIGINS",
    "ATRIUM_TLS_CERT",
    "ATRIUM_TLS_KEY"
  );
  private static final Set<String> NODE = Set.of(
    "ATRIUM_DEVICE",
    "ATRIUM_PRECISION",
    "ATRIUM_THREADS",
    "ATRIUM_CACHE_TOKENS",
    "ATRIUM_MAX_BATCH"
  );
  private static final Set<String> LAUNCHER = Set.of(
    DATABASE_URL,
    KEYS_DATABASE_URL,
    HUB_JAVA_OPTIONS,
    NODE_JAVA_OPTIONS
  );

  private final Map<String, String> given = new TreeMap<>();

  Settings(Map<String, String> environment) {
    environment.forEach((key, value) -> {
      if (key.startsWith("ATRIUM_")) {
        given.put(key, value);
      }
    });
    for (String key : given.keySet()) {
      if (
        !BOTH.contains(key) && !HUB.contains(key) && !NODE.contains(key) && !LAUNCHER.contains(key)
      ) {
        throw new LauncherException(
          LauncherException.USAGE,
          "Unknown setting " + key + " in the environment. docs/operations.md lists those of `up`."
        );
      }
    }
  }

  String get(String key, String otherwise) {
    return given.getOrDefault(key, otherwise);
  }

  boolean has(String key) {
    return given.containsKey(key);
  }

  /** The words of a setting, divided by blanks; none if it was not given. */
  List<String> words(String key) {
    return Arrays.stream(get(key, "").split("\\s+"))
      .filter(word -> !word.isEmpty())
      .toList();
  }

  /** What a hub is to get; to be completed with what the launcher decides. */
  Map<String, String> forHub() {
    return only(HUB);
  }

  /** What a node is to get; to be completed with what the launcher decides. */
  Map<String, String> forNode() {
    return only(NODE);
  }

  private Map<String, String> only(Set<String> own) {
    Map<String, String> some = new TreeMap<>(given);
    some.keySet().removeIf(key -> !own.contains(key) && !BOTH.contains(key));
    // Both libraries look these up by themselves: no usage tracking, no spinning worker threads.
    some.put("OPT_OUT_TRACKING", "true");
    some.put("OMP_WAIT_POLICY", "passive");
    return some;
  }
}
