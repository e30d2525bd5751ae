package dev.atrium.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import picocli.CommandLine.Option;

/** At which hub somebody signs in, and who. To be mixed into commands that a hub must carry out. */
final class HubOptions {

  @Option(
    names = "--as",
    required = true,
    paramLabel = "NAME",
    description = "Who you are; your password is asked for."
  )
  private String name;

  @Option(
    names = "--password-file",
    paramLabel = "FILE",
    description = "Where your password stands instead, in the first line."
  )
  private Path passwordFile;

  @Option(
    names = "--hub",
    paramLabel = "URL",
    description = "Address of a hub (default: of what `deploy/atrium up` runs on the data folder)."
  )
  private URI hub;

  @Option(
    names = "--ca",
    paramLabel = "FILE",
    description = "PEM of whom the hub's certificate must be from (default: the usual authorities, or the certificate itself that `deploy/atrium up` was given)."
  )
  private Path ca;

  @Option(
    names = "--data",
    paramLabel = "DIR",
    description = "Data folder of `deploy/atrium up` (default: .atrium in the repository)."
  )
  private Path data;

  /** Signs in; the caller closes it. */
  HubSession open() {
    if (hub == null) {
      readRunFile((data == null ? DatabaseOptions.usual() : data).resolve("run.json"));
    }
    boolean secret =
      "https".equals(hub.getScheme()) ||
      ("http".equals(hub.getScheme()) &&
        String.valueOf(hub.getHost()).matches("127\\..*|localhost"));
    if (!secret || hub.getHost() == null) {
      throw new AdminException(
        AdminException.USAGE,
        "--hub must be an https:// address (http:// on this machine only)."
      );
    }
    return HubSession.open(hub, tls(), name, password());
  }

  private void readRunFile(Path file) {
    try {
      JsonNode run = new ObjectMapper().readTree(file.toFile());
      hub = URI.create(run.path("address").asText());
      if (ca == null && run.hasNonNull("certificate")) {
        ca = Path.of(run.get("certificate").asText());
      }
    } catch (IOException e) {
      throw new AdminException(
        AdminException.UNAVAILABLE,
        "Nothing runs on " + file.getParent() + ". Name a hub with --hub.",
        e
      );
    }
  }

  private String password() {
    try {
      if (passwordFile != null) {
        return Files.readAllLines(passwordFile).stream().findFirst().orElse("");
      }
    } catch (IOException e) {
      throw new AdminException(AdminException.UNAVAILABLE, "The password can't be read: " + e, e);
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new AdminException(AdminException.USAGE, "Say --password-file where nobody can type.");
    }
    char[] typed = console.readPassword("Password of %s: ", name);
    return typed == null ? "" : new String(typed);
  }

  private SSLContext tls() {
    try {
      if (ca == null) {
        return SSLContext.getDefault();
      }
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      try (InputStream pem = Files.newInputStream(ca)) {
        int i = 0;
        for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
          trusted.setCertificateEntry("ca" + i++, c);
        }
      }
      TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new AdminException(AdminException.UNAVAILABLE, ca + " can't be read: " + e, e);
    }
  }
}
