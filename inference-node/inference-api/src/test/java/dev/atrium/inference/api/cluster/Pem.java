package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A throw-away authority and the certificates it signs, made by the JDK's own keytool. */
record Pem(Path dir, Path authority) {
  private static final char[] PASSWORD = "changeit".toCharArray();

  static Pem create(Path parent, String name) throws IOException, InterruptedException {
    Path dir = Files.createDirectory(parent.resolve(name));
    keytool(dir, "-genkeypair -alias ca -dname CN=ca-" + name + " -ext bc:c");
    keytool(dir, "-exportcert -rfc -alias ca -file ca.pem");
    return new Pem(dir, dir.resolve("ca.pem"));
  }

  BusTls tls(String member) throws IOException, InterruptedException, GeneralSecurityException {
    keytool(dir, "-genkeypair -alias " + member + " -dname CN=" + member + " -signer ca");
    KeyStore store = KeyStore.getInstance(dir.resolve("store.p12").toFile(), PASSWORD);
    Path certificate = dir.resolve(member + ".pem");
    Path key = dir.resolve(member + ".key");
    List<String> chain = new ArrayList<>();
    for (Certificate link : store.getCertificateChain(member)) {
      chain.add(pem("CERTIFICATE", link.getEncoded()));
    }
    Files.writeString(certificate, String.join("", chain));
    Files.writeString(key, pem("PRIVATE KEY", store.getKey(member, PASSWORD).getEncoded()));
    return new BusTls(certificate, key, authority);
  }

  private static String pem(String kind, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }

  private static void keytool(Path dir, String command) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(List.of(command.split(" ")));
    line.addAll(List.of("-keystore", "store.p12", "-storepass", new String(PASSWORD)));
    if (command.startsWith("-genkeypair")) {
      line.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
    }
    Process process = new ProcessBuilder(line)
      .directory(dir.toFile())
      .redirectErrorStream(true)
      .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
