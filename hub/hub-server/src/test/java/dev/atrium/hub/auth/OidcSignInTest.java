package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.config.OidcConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Tx;
import dev.atrium.hub.testing.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a provider that can't be asked. {@code OidcTest} signs in with a real one. */
class OidcSignInTest {

  private static final String HERE = "http://chat.example.org";

  @TempDir
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final LogLines log = new LogLines(OidcSignIn.class);
  private int port;
  private String issuer;

  private enum Provider {
    WORKS,
    REFUSES,
    HANGS_UP,
  }

  private volatile Provider provider = Provider.WORKS;

  @BeforeEach
  void address() throws IOException {
    port = Ports.free();
    issuer = "http://127.0.0.1:" + port;
  }

  @AfterEach
  void stop() {
    log.close();
    await(vertx.close());
  }

  private OidcSignIn signIn(Optional<Path> secret) {
    return new OidcSignIn(
      vertx,
      new OidcConfig(
        issuer,
        "atrium",
        secret,
        "Provider",
        List.of("openid"),
        "preferred_username",
        "groups",
        false,
        Optional.empty()
      ),
      MasterKey.random(),
      InstantSource.system(),
      new SignInGuard(AuthConfig.defaults(), new NoTrail()),
      (_, _) -> Future.failedFuture("nobody gets so far")
    );
  }

  private HttpServer listen() {
    return await(vertx.createHttpServer().requestHandler(this::answer).listen(port, "127.0.0.1"));
  }

  private void answer(HttpServerRequest request) {
    JsonObject answer = request.path().equals("/token")
      ? new JsonObject().put("access_token", "opaque").put("token_type", "Bearer")
      : new JsonObject()
        .put("issuer", issuer)
        .put("authorization_endpoint", issuer + "/authorize")
        .put("token_endpoint", issuer + "/token");
    switch (provider) {
      case WORKS -> request
        .response()
        .putHeader("Content-Type", "application/json")
        .end(answer.encode());
      case REFUSES -> request.response().setStatusCode(503).end("closed for today");
      case HANGS_UP -> request.connection().close();
    }
  }

  private static void beginsInVain(OidcSignIn signIn) {
    assertRefused(signIn.begin(HERE, "10.0.0.1"), ErrorCode.IDENTITY_UNAVAILABLE);
  }

  private static void finishes(OidcSignIn signIn, OidcSignIn.Begun begun, ErrorCode outcome) {
    String state = begun.url().replaceAll(".*[?&]state=([^&]*).*", "$1");
    assertRefused(signIn.finish(begun.cookie(), state, "code", Peer.at("10.0.0.1")), outcome);
  }

  /** Lines about sign-ins that were not finished are about people, not about the provider. */
  private List<String> said() {
    return log
      .all()
      .stream()
      .filter(line -> line.contains("be asked"))
      .toList();
  }

  @Test
  void saysOnceForEachReasonThatTheProviderIsAwayAndOnceThatItIsBack() {
    OidcSignIn signIn = signIn(Optional.empty());
    for (int i = 0; i < 5; i++) {
      beginsInVain(signIn);
    }
    assertThat(said())
      .singleElement()
      .asString()
      .startsWith("WARN " + issuer + " can't be asked: ")
      .contains("Connection refused");

    provider = Provider.REFUSES;
    listen();
    for (int i = 0; i < 5; i++) {
      beginsInVain(signIn);
    }
    assertThat(said()).hasSize(2).last().asString().startsWith("WARN").contains("closed for today");

    provider = Provider.WORKS;
    for (int i = 0; i < 5; i++) {
      await(signIn.begin(HERE, "10.0.0.1"));
    }
    assertThat(said()).hasSize(3).last().isEqualTo("INFO " + issuer + " can be asked again");
  }

  @Test
  void saysTheSameWhenAProviderThatWasKnownAlreadyGoesAway() {
    HttpServer server = listen();
    OidcSignIn signIn = signIn(Optional.empty());
    OidcSignIn.Begun begun = await(signIn.begin(HERE, "10.0.0.1"));
    assertThat(said()).isEmpty();

    provider = Provider.HANGS_UP;
    finishes(signIn, begun, ErrorCode.IDENTITY_UNAVAILABLE);
    finishes(signIn, begun, ErrorCode.IDENTITY_UNAVAILABLE);
    assertThat(said()).singleElement().asString().startsWith("WARN").contains("closed");
    await(server.close());
    finishes(signIn, begun, ErrorCode.IDENTITY_UNAVAILABLE);
    finishes(signIn, begun, ErrorCode.IDENTITY_UNAVAILABLE);
    assertThat(said()).hasSize(2).last().asString().contains("Connection refused");

    provider = Provider.WORKS;
    listen();
    // It gives a token, though not one of identity.
    finishes(signIn, begun, ErrorCode.SIGN_IN_INTERRUPTED);
    finishes(signIn, begun, ErrorCode.SIGN_IN_INTERRUPTED);
    assertThat(said()).hasSize(3).last().isEqualTo("INFO " + issuer + " can be asked again");
  }

  @Test
  void saysOnceThatTheClientSecretCantBeReadAndLearnsItOnceItIsThere() throws Exception {
    listen();
    Path secret = folder.resolve("secret");
    OidcSignIn signIn = signIn(Optional.of(secret));
    beginsInVain(signIn);
    beginsInVain(signIn);
    assertThat(said()).singleElement().asString().contains("the client secret can't be read");
    Files.writeString(secret, "secret\n");
    await(signIn.begin(HERE, "10.0.0.1"));
    assertThat(said()).hasSize(2).last().asString().startsWith("INFO");
  }

  private static final class NoTrail implements AuditTrail {

    @Override
    public Future<Void> append(Tx tx, AuditEvent event) {
      throw new AssertionError("nothing happened");
    }

    @Override
    public void refused(AuditEvent event) {
      throw new AssertionError("nobody was refused");
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
