package dev.atrium.hub.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate authority of a company's own, which no machine trusts by itself; made by the JDK's keytool. */
public final class TestAuthority {

  private static final String PASSWORD = "changeit";

  private final Path folder;
  private final Path store;

  private TestAuthority(Path folder) {
    this.folder = folder;
    this.store = folder.resolve("authority.p12");
  }

  public static TestAuthority in(Path folder) throws Exception {
    TestAuthority authority = new TestAuthority(folder);
    authority.generate("authority", "CN=Private CA", "bc:critical=ca:true");
    return authority;
  }

  /** Its certificate, as a PEM file. */
  public Path certificate() throws Exception {
    byte[] der = load().getCertificate("authority").getEncoded();
    String body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(der);
    return Files.writeString(
      folder.resolve("authority.crt"),
      "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n"
    );
  }

  /**
   * What a server needs to speak TLS with a certificate from here.
   *
   * @param name as in a certificate: {@code ip:127.0.0.1}, {@code dns:log.example.org}
   */
  public SSLContext server(String name) throws Exception {
    String alias = "server-" + name.replaceAll("[^a-z0-9]", "-");
    generate(alias, "CN=server", "san=" + name, "-signer", "authority");
    KeyStore only = KeyStore.getInstance("PKCS12");
    only.load(null, null);
    KeyStore all = load();
    only.setKeyEntry(
      alias,
      all.getKey(alias, PASSWORD.toCharArray()),
      PASSWORD.toCharArray(),
      all.getCertificateChain(alias)
    );
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(only, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private void generate(String alias, String subject, String extension, String... more)
    throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(
      List.of(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-genkeypair",
        "-alias",
        alias,
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-validity",
        "2",
        "-dname",
        subject,
        "-ext",
        extension,
        "-storetype",
        "PKCS12",
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD
      )
    );
    command.addAll(List.of(more));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new AssertionError("keytool: " + said);
    }
  }

  private KeyStore load() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }
}
