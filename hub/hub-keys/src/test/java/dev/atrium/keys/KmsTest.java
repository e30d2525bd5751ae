package dev.atrium.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server of Vault's transit API (developer.hashicorp.com/vault/api-docs/secret/transit). */
class KmsTest {

  @TempDir
  Path folder;

  private final Aes256Gcm transit = Aes256Gcm.random();
  private HttpServer server;
  private Kms kms;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/transit/", this::serve);
    server.start();
    environment.put(
      Kms.ADDRESS,
      "vault+http://127.0.0.1:" + server.getAddress().getPort() + "/transit/atrium"
    );
    environment.put(
      Kms.TOKEN_FILE,
      Files.writeString(folder.resolve("token"), "hvs.sesame\n").toString()
    );
    kms = Kms.fromEnvironment(environment).orElseThrow();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    JsonObject body = JsonParser.parseString(
      new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
    ).getAsJsonObject();
    JsonObject data = new JsonObject();
    int status = 200;
    byte[] associated = decoded(body, "associated_data");
    try {
      if (!"hvs.sesame".equals(exchange.getRequestHeaders().getFirst("X-Vault-Token"))) {
        status = 403;
      } else if (exchange.getRequestURI().getPath().equals("/v1/transit/encrypt/atrium")) {
        byte[] sealed = transit.seal(decoded(body, "plaintext"), associated);
        data.addProperty("ciphertext", "vault:v1:" + Base64.getEncoder().encodeToString(sealed));
      } else if (exchange.getRequestURI().getPath().equals("/v1/transit/decrypt/atrium")) {
        byte[] sealed = Base64.getDecoder().decode(
          body.get("ciphertext").getAsString().substring(9)
        );
        data.addProperty(
          "plaintext",
          Base64.getEncoder().encodeToString(transit.open(sealed, associated))
        );
      } else {
        status = 404;
      }
    } catch (GeneralSecurityException e) {
      status = 400;
    }
    JsonObject answer = new JsonObject();
    answer.add("data", data);
    byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static byte[] decoded(JsonObject body, String field) {
    return body.has(field)
      ? Base64.getDecoder().decode(body.get(field).getAsString())
      : new byte[0];
  }

  @Test
  void keepsTheFileOfMasterKeysUselessWithoutTheService() throws Exception {
    Path file = folder.resolve("master.key");
    MasterKeyset keyset = MasterKeyset.random().withNewPrimary();
    keyset.write(file, Optional.of(kms));
    assertThat(Files.readString(file))
      .contains("encryptedKeyset")
      .doesNotContain(Base64.getEncoder().encodeToString(keyset.primary().bytes()));
    assertThat(MasterKeyset.read(file, Optional.of(kms)).ids()).isEqualTo(keyset.ids());
    assertThatThrownBy(() -> MasterKeyset.read(file, Optional.empty())).hasMessageContaining(
      Kms.ADDRESS
    );
    Files.writeString(folder.resolve("token"), "another");
    assertThatThrownBy(() -> MasterKeyset.read(file, Optional.of(kms)))
      .isInstanceOf(IllegalArgumentException.class)
      .hasStackTraceContaining("answers with 403");
    server.stop(0);
    assertThatThrownBy(() -> MasterKeyset.read(file, Optional.of(kms))).hasStackTraceContaining(
      "can't be reached"
    );
  }

  @Test
  void doesNotTakeAFileInClearWhereAServiceIsNamed() throws Exception {
    Path file = folder.resolve("master.key");
    MasterKeyset keyset = MasterKeyset.random();
    keyset.write(file, Optional.empty());
    assertThatThrownBy(() -> MasterKeyset.read(file, Optional.of(kms))).hasMessageContaining(
      "in clear"
    );
  }

  @Test
  void refusesAddressesThatItCanNotServe() {
    for (String address : new String[] {
      "awskms://key",
      "vault://host",
      "vault://host/transit/a/b",
      "vault://me:sesame@host/transit/key",
      "vault+http://vault.example.org/transit/key",
      "https://host/transit/key",
    }) {
      environment.put(Kms.ADDRESS, address);
      assertThatThrownBy(() -> Kms.fromEnvironment(environment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Kms.ADDRESS)
        .hasMessageNotContaining("sesame");
    }
    environment.remove(Kms.ADDRESS);
    assertThatThrownBy(() -> Kms.fromEnvironment(environment)).hasMessageContaining(
      "need each other"
    );
    environment.remove(Kms.TOKEN_FILE);
    assertThat(Kms.fromEnvironment(environment)).isEmpty();
  }
}
