package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.launcher.TestCertificate;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole system with a certificate of its own, which the launcher knows its hubs by. */
class TlsTest {

  @TempDir
  Path folder;

  @Test
  void becomesReadyBehindTheCertificateThatItWasGiven() throws Exception {
    TestCertificate certificate = TestCertificate.in(folder, "hub");
    int port = Atrium.freePort();
    Path data = folder.resolve("data");
    Map<String, String> settings = Map.of(
      "ATRIUM_TLS_CERT",
      certificate.certificate().toString(),
      "ATRIUM_TLS_KEY",
      certificate.key().toString()
    );
    try (Atrium atrium = Atrium.up(data, port, settings)) {
      atrium.awaitReady();
      assertThat(atrium.output()).contains("https://127.0.0.1:" + port);
      assertThat(atrium.hubAddresses()).allMatch(address -> address.startsWith("https://"));
      JsonObject status = status(data);
      assertThat(status.getString("state")).as(status.encode()).isEqualTo("ready");
      assertThat(atrium.interrupt()).isZero();
    }
  }

  /** Another process finds the hubs and their certificate in {@code run.json}. */
  private static JsonObject status(Path data) throws Exception {
    Process process = new ProcessBuilder(
      Atrium.command("status", "--data", data.toString(), "--json")
    ).start();
    return new JsonObject(String.join("\n", process.inputReader().lines().toList()));
  }
}
