package dev.atrium.hub.privacy;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.crypto.LegacyKey;
import dev.atrium.hub.share.Share;
import dev.atrium.hub.share.Shares;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys are exchanged while people read and write. */
class RotationTest {

  private static final int STREAMS = 50;

  @TempDir
  static Path folder;

  private static PrivacyData all;
  private static PrivacyData.Hub writer;
  private static PrivacyData.Hub reader;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger reads = new AtomicInteger();
  private volatile boolean over;

  @BeforeAll
  static void start() throws Exception {
    all = new PrivacyData(folder);
    writer = all.hub();
    reader = all.hub();
    all.hub().work(Duration.ofMillis(500));
  }

  @AfterAll
  static void stop() {
    all.close();
  }

  /** One answer that grows on one hub, and is read on another after each piece. */
  private final class Stream {

    final UUID user;
    final SavedPrompt saved;
    final StringBuilder text = new StringBuilder();
    Share share;

    Stream(UUID user) {
      this.user = user;
      FileText file = new FileText("file.txt", "file of " + user);
      this.saved = await(all.prompt(writer, user, "prompt of " + user, file));
    }

    Future<Void> run() {
      if (over) {
        return all.finish(writer, saved);
      }
      String piece = "piece " + text.length() + " ";
      return all
        .append(writer, user, saved, text.length(), piece)
        .onSuccess(_ -> text.append(piece))
        .compose(_ -> reader.store.answer(user, saved.generationId()))
        .map(read -> same(read.text()))
        .compose(_ -> reader.store.read(user, saved.conversationId()))
        .map(read -> same(read.messages().getLast().text()))
        .compose(_ -> readShare())
        // Somebody begins another chat meanwhile.
        .compose(_ ->
          text.length() % 7 == 0 ? all.prompt(writer, user, "another") : Future.succeededFuture()
        )
        .onFailure(e -> failures.add(e.toString()))
        .compose(_ -> all.data.vertx.timer(100))
        .compose(_ -> run());
    }

    /** Of some of them; nobody else reads it, so that there is no record of it. */
    private Future<Void> readShare() {
      if (share == null) {
        return Future.succeededFuture();
      }
      var author = new Shares.Party(user, "somebody", "127.0.0.1");
      return reader.shares
        .read(author, share.address())
        .onSuccess(read -> {
          if (!read.messages().getFirst().text().equals("prompt of " + user)) {
            failures.add("shared: " + read.messages());
          }
        })
        .mapEmpty();
    }

    private Void same(String read) {
      reads.incrementAndGet();
      if (!read.contentEquals(text)) {
        failures.add("read " + read + " in place of " + text);
      }
      return null;
    }
  }

  @Test
  void nothingFailsToBeReadWhileAllKeysAreReplacedUnderFiftyStreams() throws Exception {
    List<Stream> streams = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      streams.add(new Stream(i % 2 == 0 ? all.data.user("streamer" + i) : streams.get(i - 1).user));
    }
    for (Stream stream : streams.subList(0, 5)) {
      stream.share = all.share(writer, stream.user, stream.saved);
    }
    // Half of what is read was encrypted before there were keys of conversations.
    for (int i = 0; i < STREAMS; i += 4) {
      // Then there were no files.
      all.data.database.execute(
        "DELETE FROM file f USING message m WHERE m.id = f.message_id AND m.author_id = '" +
        streams.get(i).user +
        "'"
      );
      LegacyKey.age(all.data, writer.master, streams.get(i).user, writer.personal);
    }
    List<Future<Void>> running = streams.stream().map(Stream::run).toList();
    for (int round = 0; round < HubData.count(1, 3); round++) {
      all.ok("encryption", "rotate-master");
      all.ok("encryption", "rotate-personal");
      all.ok("encryption", "drop-old-master", "--yes");
    }
    int during = reads.get();
    over = true;
    await(Future.join(running));
    assertThat(failures).isEmpty();
    assertThat(during).isGreaterThan(2 * STREAMS);
    assertThat(all.out.toString()).contains(" older keys destroyed, 0 still needed");
    assertThat(
      all.data.keysDatabase.value(
        "SELECT count(*) || ' of ' || count(DISTINCT user_id) FROM personal_key WHERE destroyed_at IS NULL"
      )
    ).isEqualTo("25 of 25");
    assertThat(
      all.data.keysDatabase.value(
        "SELECT count(DISTINCT master_key_id) FROM personal_key WHERE destroyed_at IS NULL"
      )
    ).isEqualTo("1");
    PrivacyData.Hub fresh = all.hub();
    for (Stream stream : streams.subList(0, 5)) {
      assertThat(
        await(fresh.shares.list(stream.user, Optional.empty())).stream().map(Share::title)
      ).contains("prompt of " + stream.user);
    }
    for (Stream stream : streams) {
      assertThat(
        await(fresh.store.answer(stream.user, stream.saved.generationId())).text()
      ).isEqualTo(stream.text.toString());
    }
    Stream last = streams.get(2);
    assertThat(
      await(fresh.store.history(last.user, last.saved.userMessageId())).getFirst().files()
    ).containsExactly(new FileText("file.txt", "file of " + last.user));
  }
}
