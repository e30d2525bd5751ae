package dev.atrium.hub.audit;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.audit.Anchor;
import dev.atrium.audit.Checkpoint;
import dev.atrium.audit.CheckpointSigner;
import dev.atrium.audit.Frontier;
import dev.atrium.audit.TreeHash;
import dev.atrium.hub.config.AuditConfig;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointSinkTest {

  private static final List<Anchor> ANCHORS = anchors(3);

  @TempDir
  private Path folder;

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  static List<Anchor> anchors(int n) {
    CheckpointSigner signer = CheckpointSigner.create("atrium/test");
    Frontier frontier = new Frontier();
    HexFormat hex = HexFormat.of();
    List<Anchor> anchors = new ArrayList<>();
    for (int i = 1; i <= n; i++) {
      byte[] leaf = TreeHash.leaf(new byte[] { (byte) i });
      frontier.append(leaf);
      var checkpoint = new Checkpoint(
        "atrium/test",
        i,
        hex.formatHex(frontier.root()),
        Instant.EPOCH
      );
      anchors.add(
        new Anchor(
          signer.sign(checkpoint),
          hex.formatHex(signer.key().spki()),
          hex.formatHex(frontier.bytes()),
          List.of(new Anchor.Leaf(i, hex.formatHex(leaf)))
        )
      );
    }
    return anchors;
  }

  @Test
  void appendsLinesToAFileAndDoesNotContinueHalfALine() throws Exception {
    Path file = folder.resolve("kept");
    FileSink sink = new FileSink(vertx, file);
    await(sink.write(ANCHORS.subList(0, 1)));
    Files.writeString(file, "{\"half", StandardOpenOption.APPEND);
    await(sink.write(ANCHORS.subList(1, 3)));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(4);
    assertThat(Anchor.parse(lines.get(0))).isEqualTo(ANCHORS.get(0));
    assertThat(Anchor.parse(lines.get(2))).isEqualTo(ANCHORS.get(1));
    assertThat(Anchor.parse(lines.get(3))).isEqualTo(ANCHORS.get(2));
  }

  @Test
  void postsEachWithItsTokenAndFailsWhenOneIsNotTaken() throws Exception {
    List<String> bodies = new CopyOnWriteArrayList<>();
    AtomicInteger status = new AtomicInteger(204);
    var server = vertx
      .createHttpServer()
      .requestHandler(request ->
        request
          .body()
          .onSuccess(body -> {
            bodies.add(request.getHeader("Authorization") + " " + body);
            request.response().setStatusCode(status.get()).end();
          })
      );
    int port = await(server.listen(0, "127.0.0.1")).actualPort();
    Path token = Files.writeString(folder.resolve("token"), "sesame\n");
    HttpSink sink = new HttpSink(
      vertx,
      new AuditConfig.Http(URI.create("http://127.0.0.1:" + port + "/log"), Optional.of(token)),
      Optional.empty()
    );
    await(sink.write(ANCHORS));
    assertThat(bodies).hasSize(3);
    assertThat(bodies.getFirst()).isEqualTo("Bearer sesame " + ANCHORS.getFirst().line());
    status.set(503);
    assertThatThrownBy(() -> await(sink.write(ANCHORS))).hasMessageContaining("503");
    assertThat(bodies).hasSize(4);
    assertThat(sink.name()).doesNotContain("sesame");
  }

  @Test
  void sendsMessagesThatCountTheirBytes() {
    Buffer received = Buffer.buffer();
    var done = Promise.<Void>promise();
    var server = vertx
      .createNetServer()
      .connectHandler(socket ->
        socket.handler(received::appendBuffer).endHandler(_ -> done.complete())
      );
    int port = await(server.listen(0, "127.0.0.1")).actualPort();
    SyslogSink sink = new SyslogSink(
      vertx,
      new AuditConfig.Syslog("127.0.0.1", port, false),
      Optional.empty(),
      "hub-1"
    );
    await(sink.write(ANCHORS));
    await(done.future());
    String text = received.toString();
    int messages = 0;
    while (!text.isEmpty()) {
      int space = text.indexOf(' ');
      // All of it is ASCII but the dash of the note.
      Buffer rest = Buffer.buffer(text.substring(space + 1));
      int length = Integer.parseInt(text.substring(0, space));
      String message = rest.getString(0, length);
      assertThat(message).startsWith(
        "<109>1 1970-01-01T00:00:00Z hub-1 atrium - audit.checkpoint - {"
      );
      Anchor anchor = Anchor.parse(message.substring(message.indexOf('{')));
      assertThat(anchor.checkpoint()).isEqualTo(ANCHORS.get(messages++).checkpoint());
      text = rest.getString(length, rest.length());
    }
    assertThat(messages).isEqualTo(3);
  }

  @Test
  void failsWhileNobodyListens() {
    SyslogSink sink = new SyslogSink(
      vertx,
      new AuditConfig.Syslog("127.0.0.1", 1, false),
      Optional.empty(),
      "hub-1"
    );
    assertThatThrownBy(() -> await(sink.write(ANCHORS))).isNotNull();
    FileSink gone = new FileSink(vertx, folder.resolve("no/such/folder"));
    assertThatThrownBy(() -> await(gone.write(ANCHORS))).isNotNull();
  }
}
