package dev.atrium.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A self-signed certificate and its key, PEM files made by the JDK's keytool; for no address at all. */
public record TestCertificate(Path certificate, Path key, Path store) {
  private static final String PASSWORD = "changeit";

  public static TestCertificate in(Path folder, String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool = new ProcessBuilder(
      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
      "-genkeypair",
      "-alias",
      "hub",
      "-keyalg",
      "EC",
      "-groupname",
      "secp256r1",
      "-validity",
      "2",
      "-dname",
      "CN=hub",
      "-storetype",
      "PKCS12",
      "-keystore",
      store.toString(),
      "-storepass",
      PASSWORD
    )
      .redirectErrorStream(true)
      .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new AssertionError("keytool: " + said);
    }
    KeyStore keys = load(store);
    return new TestCertificate(
      pem(folder.resolve(name + ".crt"), "CERTIFICATE", keys.getCertificate("hub").getEncoded()),
      pem(
        folder.resolve(name + ".key"),
        "PRIVATE KEY",
        keys.getKey("hub", PASSWORD.toCharArray()).getEncoded()
      ),
      store
    );
  }

  /** What a server needs to show it. */
  SSLContext server() throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(load(store), PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static Path pem(Path file, String label, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(der);
    return Files.write(
      file,
      List.of("-----BEGIN " + label + "-----", body, "-----END " + label + "-----")
    );
  }
}
