package dev.atrium.hub.audit;

import dev.atrium.audit.Anchor;
import dev.atrium.hub.config.AuditConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Messages of RFC 5424 (facility 13 "log audit", severity 5 "notice") over TLS as RFC 5425 says, or TCP as
 * RFC 6587, 3.4.1. Without the leaves, since a message should stay below 2 KiB. Syslog has no
 * acknowledgement: what a server loses once it has read it is not noticed.
 */
final class SyslogSink implements CheckpointSink {

  private static final int PRIORITY = 13 * 8 + 5;
  private static final int TIMEOUT_MS = 5_000;

  private final AuditConfig.Syslog target;
  private final String hubId;
  private final NetClient client;

  SyslogSink(Vertx vertx, AuditConfig.Syslog target, Optional<Path> ca, String hubId) {
    this.target = target;
    this.hubId = hubId;
    NetClientOptions options = new NetClientOptions()
      .setConnectTimeout(TIMEOUT_MS)
      .setSsl(target.tls())
      .setHostnameVerificationAlgorithm("HTTPS");
    ca.ifPresent(pem -> options.setTrustOptions(new PemTrustOptions().addCertPath(pem.toString())));
    this.client = vertx.createNetClient(options);
  }

  @Override
  public String name() {
    return "syslog+" + target;
  }

  @Override
  public Future<Void> write(List<Anchor> anchors) {
    Buffer frames = Buffer.buffer();
    anchors.forEach(anchor -> {
      byte[] message = message(anchor).getBytes(StandardCharsets.UTF_8);
      frames.appendString(message.length + " ").appendBytes(message);
    });
    return client
      .connect(target.port(), target.host())
      // A server that closes as soon as it has read everything is no failure: what was written was taken.
      .compose(socket -> socket.write(frames).eventually(() -> socket.close().otherwiseEmpty()))
      // Vert.x closes a client, and what it has open, once nobody holds it.
      .onComplete(_ -> Reference.reachabilityFence(client));
  }

  private String message(Anchor anchor) {
    Anchor bare = new Anchor(anchor.checkpoint(), anchor.key(), anchor.frontier(), List.of());
    return (
      "<%d>1 %s %s atrium - audit.checkpoint - ".formatted(
        PRIORITY,
        anchor.checkpoint().checkpoint().at(),
        hubId
      ) +
      bare.line()
    );
  }
}
