package dev.atrium.hub.crypto;

import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.UUID;

/**
 * Everybody's data keys. Unwrapped keys are held in a bounded cache for a minute, so that a key
 * destroyed in the database is gone from every hub a minute later.
 */
public interface DataKeys {
  /** Over the table of this hub's database. */
  static DataKeys create(MasterKey master) {
    return new CachedDataKeys(new PgDataKeys(master));
  }

  /** The newest key of a person, made in this transaction if there is none. */
  Future<DataKey> forUser(Tx tx, UUID userId);

  /** A key by its id; fails with {@code NOT_FOUND} if there is none or it was destroyed. */
  Future<DataKey> byId(Tx tx, UUID keyId);
}
