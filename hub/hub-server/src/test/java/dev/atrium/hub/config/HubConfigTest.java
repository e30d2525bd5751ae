package dev.atrium.hub.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubConfigTest {

  @TempDir
  Path folder;

  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void whatIsNeeded() throws Exception {
    environment.put("ATRIUM_DATABASE_URL", "postgresql://me:sesame@localhost:5432/atrium");
    environment.put("ATRIUM_KEYS_DATABASE_URL", "postgresql://me:sesame@localhost:5432/keys");
    environment.put("ATRIUM_MASTER_KEY_FILE", Files.createFile(folder.resolve("key")).toString());
  }

  private HubConfig read() {
    return HubConfig.fromEnvironment(environment);
  }

  private void refused(String... words) {
    assertThatThrownBy(this::read)
      .isInstanceOf(ConfigException.class)
      .hasMessageContainingAll(words);
  }

  @Test
  void defaultsWorkForOneMachine() {
    HubConfig config = read();
    assertThat(config.hubId()).matches("hub-[0-9a-z]{1,4}");
    assertThat(config.http().host()).isEqualTo("127.0.0.1");
    assertThat(config.http().port()).isEqualTo(8080);
    assertThat(config.http().directPort()).isZero();
    assertThat(config.http().scheme()).isEqualTo("http");
    assertThat(config.http().publicOrigins()).isEmpty();
    assertThat(config.firstAdminPassword()).isEmpty();
  }

  @Test
  void everySettingIsRead() throws Exception {
    Path pem = Files.createFile(folder.resolve("pem"));
    environment.put("ATRIUM_HUB_ID", "hub-7");
    environment.put("ATRIUM_HTTP_HOST", "0.0.0.0");
    environment.put("ATRIUM_HTTP_PORT", "8443");
    environment.put("ATRIUM_HTTP_DIRECT_PORT", "9443");
    environment.put("ATRIUM_PUBLIC_ORIGINS", "https://chat.example, https://other.example:444");
    environment.put("ATRIUM_TLS_CERT", pem.toString());
    environment.put("ATRIUM_TLS_KEY", pem.toString());
    environment.put("ATRIUM_FIRST_ADMIN_PASSWORD", "once");
    HubConfig config = read();
    assertThat(config.hubId()).isEqualTo("hub-7");
    assertThat(config.http().host()).isEqualTo("0.0.0.0");
    assertThat(config.http().port()).isEqualTo(8443);
    assertThat(config.http().directPort()).isEqualTo(9443);
    assertThat(config.http().scheme()).isEqualTo("https");
    assertThat(config.http().publicOrigins()).containsExactlyInAnyOrder(
      "https://chat.example",
      "https://other.example:444"
    );
    assertThat(config.firstAdminPassword()).contains("once");
  }

  @Test
  void secretsAreNotPrinted() {
    environment.put("ATRIUM_FIRST_ADMIN_PASSWORD", "open-up");
    assertThat(read().toString()).contains("localhost").doesNotContain("sesame", "open-up");
  }

  @ParameterizedTest
  @CsvSource(
    {
      "ATRIUM_HTTP_PORT, 65536",
      "ATRIUM_HTTP_PORT, -1",
      "ATRIUM_HTTP_PORT, eighty",
      "ATRIUM_HTTP_DIRECT_PORT, 123456",
      "ATRIUM_HUB_ID, hub 1",
      "ATRIUM_HUB_ID, hub.1",
      "ATRIUM_PUBLIC_ORIGINS, chat.example",
      "ATRIUM_PUBLIC_ORIGINS, https://chat.example/chat",
      "ATRIUM_MASTER_KEY_FILE, /no/such/file",
      "ATRIUM_TLS_CERT, /no/such/file",
    }
  )
  void whatCantBeMeantIsNamed(String key, String value) {
    environment.put(key, value);
    refused(key);
  }

  @Test
  void whatIsNeededIsNamedWhenItIsMissing() {
    environment.remove("ATRIUM_MASTER_KEY_FILE");
    refused("ATRIUM_MASTER_KEY_FILE", "must be set");
    environment.remove("ATRIUM_KEYS_DATABASE_URL");
    refused("ATRIUM_KEYS_DATABASE_URL", "must be set");
    environment.remove("ATRIUM_DATABASE_URL");
    refused("ATRIUM_DATABASE_URL", "must be set");
  }

  @Test
  void theKeysCantBeInTheDatabaseThatTheyProtect() {
    environment.put("ATRIUM_KEYS_DATABASE_URL", "postgresql://other:open-up@localhost/atrium");
    refused("ATRIUM_KEYS_DATABASE_URL", "another database");
  }

  @Test
  void aKeyThatNobodyKnowsIsNamed() {
    environment.put("ATRIUM_HTP_PORT", "80");
    environment.put("ATRIUM_COLOUR", "blue");
    environment.put("HOME", "/root");
    refused("ATRIUM_COLOUR, ATRIUM_HTP_PORT");
  }

  @Test
  void offLoopbackTlsIsNeeded() {
    environment.put("ATRIUM_HTTP_HOST", "10.0.0.1");
    refused("10.0.0.1", "ATRIUM_TLS_CERT");
    for (String loopback : new String[] { "127.0.0.2", "::1", "localhost" }) {
      environment.put("ATRIUM_HTTP_HOST", loopback);
      assertThat(read().http().host()).isEqualTo(loopback);
    }
  }

  @Test
  void certificateAndKeyComeTogether() throws Exception {
    environment.put("ATRIUM_TLS_CERT", Files.createFile(folder.resolve("pem")).toString());
    refused("ATRIUM_TLS_CERT", "ATRIUM_TLS_KEY", "together");
  }

  @Test
  void whatIsEmptyCountsAsAbsent() {
    environment.put("ATRIUM_HTTP_PORT", " ");
    environment.put("ATRIUM_HUB_ID", "");
    assertThat(read().http().port()).isEqualTo(8080);
    assertThat(read().hubId()).startsWith("hub-");
  }

  @Test
  void checkpointsGoNowhereElseUnlessTold() {
    assertThat(read().audit()).isEqualTo(
      new AuditConfig(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty())
    );
    environment.put("ATRIUM_AUDIT_FILE", folder.resolve("kept").toString());
    environment.put("ATRIUM_AUDIT_HTTP_URL", "https://log.example.org/checkpoints");
    environment.put("ATRIUM_AUDIT_SYSLOG", "tls://log.example.org");
    AuditConfig audit = read().audit();
    assertThat(audit.file()).contains(folder.resolve("kept"));
    assertThat(audit.http().orElseThrow().url()).hasHost("log.example.org");
    assertThat(audit.syslog()).contains(new AuditConfig.Syslog("log.example.org", 6514, true));
    environment.put("ATRIUM_AUDIT_SYSLOG", "tcp://[::1]:1601");
    assertThat(read().audit().syslog().orElseThrow()).hasToString("tcp://[::1]:1601");
  }

  @Test
  void checkpointsGoOffTheHostEncrypted() {
    environment.put("ATRIUM_AUDIT_HTTP_URL", "http://log.example.org/");
    refused("ATRIUM_AUDIT_HTTP_URL", "https://");
    environment.put("ATRIUM_AUDIT_HTTP_URL", "http://127.0.0.1:9/");
    assertThat(read().audit().http()).isPresent();
    environment.put("ATRIUM_AUDIT_HTTP_URL", "https://me:sesame@log.example.org/");
    refused("ATRIUM_AUDIT_HTTP_URL", "without user and password");
  }

  @Test
  void placesForCheckpointsThatCanNotBeMeantAreNamed() {
    environment.put("ATRIUM_AUDIT_FILE", folder.resolve("none/kept").toString());
    refused("ATRIUM_AUDIT_FILE", "folder that exists");
    environment.remove("ATRIUM_AUDIT_FILE");
    environment.put("ATRIUM_AUDIT_SYSLOG", "udp://log.example.org");
    refused("ATRIUM_AUDIT_SYSLOG", "tls://");
  }

  @Test
  void nobodyElseSaysWhoSomebodyIsUnlessItIsConfigured() {
    assertThat(read().identity()).isEqualTo(IdentityConfig.none());
    environment.put("ATRIUM_OIDC_CLIENT_ID", "atrium");
    refused("ATRIUM_OIDC_CLIENT_ID", "ATRIUM_OIDC_ISSUER");
    environment.remove("ATRIUM_OIDC_CLIENT_ID");
    environment.put("ATRIUM_LDAP_USER_BASE", "dc=x");
    refused("ATRIUM_LDAP_USER_BASE", "ATRIUM_LDAP_URL");
  }

  @Test
  void aSignInServiceMakesNoUsersByDefault() {
    environment.put("ATRIUM_OIDC_ISSUER", "https://id.example/realms/x/");
    refused("ATRIUM_OIDC_CLIENT_ID");
    environment.put("ATRIUM_OIDC_CLIENT_ID", "atrium");
    OidcConfig oidc = read().identity().oidc().orElseThrow();
    assertThat(oidc.issuer()).isEqualTo("https://id.example/realms/x");
    assertThat(oidc.title()).isEqualTo("id.example");
    assertThat(oidc.createUsers()).isFalse();
    assertThat(oidc.scopes()).containsExactly("openid", "profile", "email");
    environment.put("ATRIUM_OIDC_CREATE_USERS", "yes");
    refused("ATRIUM_OIDC_CREATE_USERS must be on or off");
    environment.put("ATRIUM_OIDC_CREATE_USERS", "on");
    environment.put("ATRIUM_OIDC_SCOPES", "profile");
    refused("ATRIUM_OIDC_SCOPES must contain openid");
    environment.remove("ATRIUM_OIDC_SCOPES");
    environment.put("ATRIUM_OIDC_ISSUER", "http://id.example");
    refused("ATRIUM_OIDC_ISSUER must be an https:// address");
  }

  @Test
  void passwordsCrossNoNetworkInTheClear() throws Exception {
    environment.put("ATRIUM_LDAP_USER_BASE", "ou=people,dc=x");
    environment.put("ATRIUM_LDAP_URL", "ldap://ldap.example");
    LdapConfig ldap = read().identity().ldap().orElseThrow();
    assertThat(ldap.tls()).isEqualTo(LdapConfig.Tls.START_TLS);
    assertThat(ldap.port()).isEqualTo(389);
    assertThat(ldap.groups()).isEmpty();
    environment.put("ATRIUM_LDAP_STARTTLS", "off");
    refused("ATRIUM_LDAP_STARTTLS can be off on this machine only");
    environment.put("ATRIUM_LDAP_URL", "ldap://127.0.0.1:10389");
    assertThat(read().identity().ldap().orElseThrow().tls()).isEqualTo(LdapConfig.Tls.NONE);
    environment.remove("ATRIUM_LDAP_STARTTLS");
    environment.put("ATRIUM_LDAP_URL", "ldaps://ldap.example");
    ldap = read().identity().ldap().orElseThrow();
    assertThat(ldap.tls()).isEqualTo(LdapConfig.Tls.FROM_THE_BEGINNING);
    assertThat(ldap.port()).isEqualTo(636);
    environment.put("ATRIUM_LDAP_BIND_DN", "cn=atrium");
    refused("ATRIUM_LDAP_BIND_DN and ATRIUM_LDAP_BIND_PASSWORD_FILE");
    environment.remove("ATRIUM_LDAP_BIND_DN");
    environment.put("ATRIUM_LDAP_USER_FILTER", "(uid=x)");
    refused("ATRIUM_LDAP_USER_FILTER", "{name}");
    environment.remove("ATRIUM_LDAP_USER_FILTER");
    environment.put("ATRIUM_LDAP_URL", "ldap://somebody:secret@ldap.example");
    assertThatThrownBy(this::read)
      .hasMessageContaining("ATRIUM_LDAP_URL")
      .hasMessageNotContaining("secret");
  }

  @Test
  void aMapOfGroupsIsReadLineByLine() throws Exception {
    Path map = folder.resolve("map");
    environment.put("ATRIUM_DIRECTORY_MAP_FILE", map.toString());
    Files.writeString(
      map,
      """
      # a comment

      /staff/legal -> group:Legal Affairs
        cn=a b,dc=x   ->   department:Sales/Export
      admins->role:administrator
      leads -> role:department_administrator:Sales
      """
    );
    refused("ATRIUM_DIRECTORY_MAP_FILE is of no use");
    environment.put("ATRIUM_LDAP_URL", "ldaps://ldap.example");
    environment.put("ATRIUM_LDAP_USER_BASE", "dc=x");
    assertThat(read().identity().map().lines()).containsExactly(
      new DirectoryMap.Line("/staff/legal", DirectoryMap.Gives.GROUP, "Legal Affairs", ""),
      new DirectoryMap.Line("cn=a b,dc=x", DirectoryMap.Gives.DEPARTMENT, "Sales/Export", ""),
      new DirectoryMap.Line("admins", DirectoryMap.Gives.ROLE, "administrator", ""),
      new DirectoryMap.Line("leads", DirectoryMap.Gives.ROLE, "department_administrator", "Sales")
    );
    for (String wrong : new String[] {
      "legal -> team:Legal",
      "legal group:Legal",
      "x -> role:employee",
      "x -> role:department_administrator",
      "-> group:x",
    }) {
      Files.writeString(map, "# one\n" + wrong + "\n");
      refused("ATRIUM_DIRECTORY_MAP_FILE, line 2");
    }
  }
}
