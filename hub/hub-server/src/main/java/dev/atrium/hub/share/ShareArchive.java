package dev.atrium.hub.share;

import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * All shares of a person with what they hold, also those that are over and not removed yet: for exports.
 * Whether it is allowed is the caller's.
 */
public interface ShareArchive {
  /** Over the tables of this hub's database. */
  static ShareArchive create(Db db, DataKeys keys) {
    return new PgShareArchive(db, keys);
  }

  /** One share. */
  record Entry(Share share, Optional<Instant> endedAt, List<SharedMessage> messages) {
    public Entry {
      messages = List.copyOf(messages);
    }
  }

  /** The next shares by id, which is about the order in which they were made. */
  Future<List<Entry>> list(UUID authorId, Optional<UUID> after, int limit);
}
