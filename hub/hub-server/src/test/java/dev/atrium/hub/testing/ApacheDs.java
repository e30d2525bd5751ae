package dev.atrium.hub.testing;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;

/**
 * A real ApacheDS as a process of its own, with LDAP (and StartTLS) and LDAPS on free ports of the
 * loopback, a certificate for 127.0.0.1, and nothing below {@code dc=example,dc=com} yet.
 */
public final class ApacheDs implements AutoCloseable {

  public static final String BASE = "dc=example,dc=com";
  public static final String ADMIN = "uid=admin,ou=system";
  public static final String ADMIN_PASSWORD = "secret";

  private static final Path JAR = Path.of("target/apacheds/apacheds.jar").toAbsolutePath();
  private static final Duration STARTED_WITHIN = Duration.ofMinutes(3);
  private static final String STORE_PASSWORD = "changeit";

  private final Process process;
  private final Path folder;
  private final int port;
  private final int tlsPort;

  private ApacheDs(Process process, Path folder, int port, int tlsPort) {
    this.process = process;
    this.folder = folder;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  /** Starts it; back when it answers. */
  public static ApacheDs start() throws Exception {
    Path folder = Files.createTempDirectory(JAR.getParent(), "instance");
    int port = Ports.free();
    int tlsPort = Ports.free();
    keytool(
      folder,
      "-genkeypair",
      "-alias",
      "ldap",
      "-keyalg",
      "EC",
      "-dname",
      "CN=ldap of a test",
      "-ext",
      "san=ip:127.0.0.1",
      "-validity",
      "30"
    );
    keytool(folder, "-exportcert", "-alias", "ldap", "-rfc", "-file", "ca.pem");
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/config.ldif"), configuration(folder, port, tlsPort));
    Process process = new ProcessBuilder(
      java(),
      "-Xmx256m",
      "-XX:TieredStopAtLevel=1",
      "-jar",
      JAR.toString(),
      folder.toString(),
      "start"
    )
      .redirectErrorStream(true)
      .redirectOutput(folder.resolve("out.log").toFile())
      .start();
    ApacheDs server = new ApacheDs(process, folder, port, tlsPort);
    try {
      server.await();
      return server;
    } catch (Exception e) {
      server.close();
      throw e;
    }
  }

  /** Its own default configuration, with other addresses and a key store. */
  private static String configuration(Path folder, int port, int tlsPort) throws IOException {
    try (
      JarFile jar = new JarFile(JAR.toFile());
      InputStream in = jar.getInputStream(jar.getEntry("config.ldif"))
    ) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
        .replace("ads-systemport: 10389", "ads-systemport: " + port)
        .replace("ads-systemport: 10636", "ads-systemport: " + tlsPort)
        .replace("0.0.0.0", "127.0.0.1")
        .replace(
          "ads-confidentialityRequired: FALSE",
          "ads-confidentialityRequired: FALSE\nads-keystoreFile: " +
          folder.resolve("keys.p12") +
          "\nads-certificatePassword: " +
          STORE_PASSWORD
        );
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void keytool(Path folder, String... arguments) throws Exception {
    java.util.ArrayList<String> command = new java.util.ArrayList<>(
      List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString())
    );
    command.addAll(List.of(arguments));
    command.addAll(
      List.of("-keystore", "keys.p12", "-storetype", "PKCS12", "-storepass", STORE_PASSWORD)
    );
    Process tool = new ProcessBuilder(command)
      .directory(folder.toFile())
      .redirectErrorStream(true)
      .redirectOutput(folder.resolve("keytool.log").toFile())
      .start();
    if (!tool.waitFor(1, TimeUnit.MINUTES) || tool.exitValue() != 0) {
      throw new IllegalStateException(Files.readString(folder.resolve("keytool.log")));
    }
  }

  private void await() throws Exception {
    long deadline = System.nanoTime() + STARTED_WITHIN.toNanos();
    while (true) {
      try (LDAPConnection admin = connect()) {
        admin.getEntry(BASE);
        return;
      } catch (LDAPException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IllegalStateException(
            "ApacheDS did not start: " + Files.readString(folder.resolve("out.log")),
            e
          );
        }
      }
      Thread.sleep(200);
    }
  }

  /** A connection of its administrator. */
  public LDAPConnection connect() throws LDAPException {
    return new LDAPConnection("127.0.0.1", port, ADMIN, ADMIN_PASSWORD);
  }

  /** Adds an entry, a line for each attribute. */
  public void add(String... lines) throws LDAPException {
    try (LDAPConnection admin = connect()) {
      admin.add(lines);
    } catch (com.unboundid.ldif.LDIFException e) {
      throw new IllegalArgumentException(e);
    }
  }

  public int port() {
    return port;
  }

  public int tlsPort() {
    return tlsPort;
  }

  /** PEM of the authority of its certificate. */
  public Path ca() {
    return folder.resolve("ca.pem");
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
