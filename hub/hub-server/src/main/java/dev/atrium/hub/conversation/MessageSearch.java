package dev.atrium.hub.conversation;

import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Search in one's own titles and messages. There is no index of what people write: messages are decrypted
 * and looked through, the latest conversations first. One call ends with the page of messages that reaches
 * one of the {@link Bounds}, and says where the next goes on.
 */
public interface MessageSearch {
  /** Longest text that is looked for, in characters. */
  int LONGEST_QUERY = 200;

  /** Over the tables of this hub's database. */
  static MessageSearch create(Db db, DataKeys keys) {
    return new PgMessageSearch(db, keys, Bounds.USUAL);
  }

  /** What one call may use: messages and encrypted bytes looked through, time, hits. */
  record Bounds(int messages, int bytes, Duration time, int hits) {
    static final Bounds USUAL = new Bounds(2_000, 4 * 1024 * 1024, Duration.ofMillis(1_500), 50);
  }

  /**
   * A place where the text stands.
   *
   * @param messageId empty if it is the title
   * @param excerpt some of the text around it
   * @param at where it begins in the excerpt, and how long it is, in UTF-16 units
   */
  record Hit(
    UUID conversationId,
    String title,
    Optional<UUID> messageId,
    Optional<String> role,
    Instant when,
    String excerpt,
    int at,
    int length
  ) {
    /** Without texts. */
    @Override
    public String toString() {
      return "Hit[" + conversationId + ", " + messageId + "]";
    }
  }

  /**
   * What one call found.
   *
   * @param scanned messages that were looked through
   * @param next where to go on; empty when all has been looked through
   */
  record Found(List<Hit> hits, int scanned, Optional<String> next) {}

  /**
   * Looks for a text, upper and lower case alike. A text that is empty or too long, or a cursor that is
   * none of ours, fails with {@code BAD_FIELD}.
   */
  Future<Found> search(UUID userId, String text, Optional<String> cursor);
}
