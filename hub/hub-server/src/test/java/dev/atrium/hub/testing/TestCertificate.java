package dev.atrium.hub.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** A self-signed certificate for this machine and its key, as PEM files; made by the JDK's keytool. */
public record TestCertificate(Path certificate, Path key) {
  private static final char[] PASSWORD = "changeit".toCharArray();

  public static TestCertificate in(Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
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
      "CN=localhost",
      "-ext",
      "san=ip:127.0.0.1,dns:localhost",
      "-storetype",
      "PKCS12",
      "-keystore",
      store.toString(),
      "-storepass",
      new String(PASSWORD)
    )
      .redirectErrorStream(true)
      .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new AssertionError("keytool: " + said);
    }
    return write(store, folder);
  }

  private static TestCertificate write(Path store, Path folder)
    throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Path certificate = folder.resolve("hub.crt");
    Path key = folder.resolve("hub.key");
    pem(certificate, "CERTIFICATE", keys.getCertificate("hub").getEncoded());
    pem(key, "PRIVATE KEY", keys.getKey("hub", PASSWORD).getEncoded());
    return new TestCertificate(certificate, key);
  }

  private static void pem(Path file, String label, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(der);
    Files.writeString(
      file,
      "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n"
    );
  }
}
