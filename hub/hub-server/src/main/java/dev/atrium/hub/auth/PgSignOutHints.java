package dev.atrium.hub.auth;

import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.DecryptionException;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.WrongMasterKeyException;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * ID tokens of sessions that a provider vouched for, encrypted, until their user signs out: shown to the
 * provider then ({@code id_token_hint}, OpenID Connect RP-Initiated Logout 1.0) it need not ask whether
 * that is meant. One that can't be kept or read any more is as none.
 */
final class PgSignOutHints {

  /** It becomes part of an address, of which many servers take 4,096 bytes. */
  static final int LONGEST = 3_000;

  private static final String KEEP =
    "INSERT INTO session_hint (session_id, sealed, master_key_id) VALUES ($1, $2, $3)";
  private static final String TAKE =
    "DELETE FROM session_hint WHERE session_id = $1 RETURNING sealed, master_key_id";

  private final MasterKey master;

  PgSignOutHints(MasterKey master) {
    this.master = master;
  }

  Future<Void> keep(Tx tx, UUID sessionId, Optional<String> idToken) {
    Optional<String> fit = idToken.filter(t -> t.length() <= LONGEST);
    if (fit.isEmpty()) {
      return Future.succeededFuture();
    }
    MasterKey.Wrapped sealed = master.wrap(
      fit.get().getBytes(StandardCharsets.US_ASCII),
      place(sessionId)
    );
    return tx
      .sql()
      .preparedQuery(KEEP)
      .execute(Tuple.of(sessionId, Buffer.buffer(sealed.bytes()), sealed.keyId()))
      .mapEmpty();
  }

  Future<Optional<String>> take(Tx tx, UUID sessionId) {
    return tx
      .sql()
      .preparedQuery(TAKE)
      .execute(Tuple.of(sessionId))
      .map(rows ->
        rows.size() == 0 ? Optional.empty() : open(rows.iterator().next(), place(sessionId))
      );
  }

  private Optional<String> open(Row row, Aad place) {
    try {
      byte[] token = master.unwrap(
        row.getBuffer("sealed").getBytes(),
        row.getString("master_key_id"),
        place
      );
      return Optional.of(new String(token, StandardCharsets.US_ASCII));
    } catch (DecryptionException | WrongMasterKeyException _) {
      // The master key was rotated away since: the provider asks then.
      return Optional.empty();
    }
  }

  private static Aad place(UUID sessionId) {
    return Aad.of("session_hint", sessionId);
  }
}
