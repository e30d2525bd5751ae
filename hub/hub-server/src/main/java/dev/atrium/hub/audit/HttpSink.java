package dev.atrium.hub.audit;

import dev.atrium.audit.Anchor;
import dev.atrium.hub.config.AuditConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Posted as JSON, one a request, each when the one before was taken (any status from 200 to 299). */
final class HttpSink implements CheckpointSink {

  private static final long TIMEOUT_MS = 5_000;

  private final Vertx vertx;
  private final AuditConfig.Http target;
  private final HttpClientAgent client;

  HttpSink(Vertx vertx, AuditConfig.Http target, Optional<Path> ca) {
    this.vertx = vertx;
    this.target = target;
    HttpClientOptions options = new HttpClientOptions()
      .setConnectTimeout((int) TIMEOUT_MS)
      .setIdleTimeout(60)
      .setIdleTimeoutUnit(TimeUnit.SECONDS)
      .setSsl(target.url().getScheme().equals("https"));
    ca.ifPresent(pem -> options.setTrustOptions(new PemTrustOptions().addCertPath(pem.toString())));
    this.client = vertx.createHttpClient(options);
  }

  @Override
  public String name() {
    return target.url().toString();
  }

  @Override
  public Future<Void> write(List<Anchor> anchors) {
    Future<Void> done = Future.succeededFuture();
    for (Anchor anchor : anchors) {
      done = done.compose(_ -> post(anchor));
    }
    return done;
  }

  private Future<Void> post(Anchor anchor) {
    return authorization().compose(authorization -> {
        RequestOptions request = new RequestOptions()
          .setMethod(HttpMethod.POST)
          .setAbsoluteURI(target.url().toString())
          .setTimeout(TIMEOUT_MS)
          .putHeader("Content-Type", "application/json");
        authorization.ifPresent(value -> request.putHeader("Authorization", value));
        return client
          .request(request)
          .compose(r -> r.send(anchor.line()))
          .compose(HttpSink::taken)
          // Vert.x closes a client, and what it has open, once nobody holds it.
          .onComplete(_ -> Reference.reachabilityFence(client));
      });
  }

  private Future<Optional<String>> authorization() {
    return target
      .tokenFile()
      .map(file ->
        vertx.executeBlocking(() ->
          Optional.of("Bearer " + Files.readString(file, StandardCharsets.US_ASCII).strip())
        )
      )
      .orElseGet(() -> Future.succeededFuture(Optional.empty()));
  }

  private static Future<Void> taken(HttpClientResponse response) {
    int status = response.statusCode();
    return response
      .end()
      .compose(_ ->
        status / 100 == 2
          ? Future.succeededFuture()
          : Future.failedFuture("it answered with status " + status)
      );
  }
}
