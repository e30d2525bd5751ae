package dev.atrium.hub.audit;

import dev.atrium.audit.Checkpoint;
import dev.atrium.audit.CheckpointKey;
import dev.atrium.audit.CheckpointSigner;
import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.Optional;

/**
 * The keys that sign checkpoints: shared by all hubs through the database, wrapped by the master key. A
 * key signs for a year; what it signed can be checked for as long as the log is kept.
 */
final class PgCheckpointKeys {

  private static final String INSTALL = "SELECT install_id::text FROM organisation";
  private static final String LOCK = "SELECT pg_advisory_xact_lock(4702111234474983749)";
  private static final String FIND = """
    SELECT kid, public_key, wrapped_key, master_key_id FROM signing_key
    WHERE purpose = 'audit_checkpoint' AND algorithm = 'Ed25519' AND sign_until > clock_timestamp()
    ORDER BY sign_until DESC LIMIT 1
    """;
  private static final String ADD = """
    INSERT INTO signing_key (kid, purpose, algorithm, public_key, wrapped_key, master_key_id,
      sign_until, verify_until)
    VALUES ($1, 'audit_checkpoint', 'Ed25519', $2, $3, $4, now() + interval '365 days', 'infinity')
    """;

  private final MasterKey master;
  private final AuditTrail audit;

  PgCheckpointKeys(MasterKey master, AuditTrail audit) {
    this.master = master;
    this.audit = audit;
  }

  /** The name of this installation's log. */
  static Future<String> origin(Tx tx) {
    return tx
      .sql()
      .query(INSTALL)
      .execute()
      .map(rows -> Checkpoint.origin(rows.iterator().next().getString(0)));
  }

  /** The key that signs now; one is made if there is none. */
  Future<CheckpointSigner> signer(Tx tx) {
    return origin(tx).compose(origin ->
        find(tx, origin).compose(found ->
            found.isPresent()
              ? Future.succeededFuture(found.get())
              : tx
                .sql()
                .query(LOCK)
                .execute()
                .compose(_ -> find(tx, origin))
                .compose(again ->
                  again.isPresent() ? Future.succeededFuture(again.get()) : add(tx, origin)
                )
          )
      );
  }

  private Future<Optional<CheckpointSigner>> find(Tx tx, String origin) {
    return tx
      .sql()
      .preparedQuery(FIND)
      .execute()
      .map(rows ->
        rows.size() == 0 ? Optional.empty() : Optional.of(unwrap(rows.iterator().next(), origin))
      );
  }

  private CheckpointSigner unwrap(Row row, String origin) {
    byte[] pkcs8 = master.unwrap(
      row.getBuffer("wrapped_key").getBytes(),
      row.getString("master_key_id"),
      place(row.getString("kid"))
    );
    return CheckpointSigner.of(
      pkcs8,
      CheckpointKey.of(origin, row.getBuffer("public_key").getBytes())
    );
  }

  private Future<CheckpointSigner> add(Tx tx, String origin) {
    CheckpointSigner signer = CheckpointSigner.create(origin);
    String kid = signer.key().id();
    var wrapped = master.wrap(signer.pkcs8(), place(kid));
    var values = Tuple.of(
      kid,
      Buffer.buffer(signer.key().spki()),
      Buffer.buffer(wrapped.bytes()),
      wrapped.keyId()
    );
    var event = AuditEvent.ok(AuditEvent.Actor.system(), "key.create")
      .target("signing_key", kid)
      .details(Map.of("purpose", "audit_checkpoint", "algorithm", "Ed25519"));
    return tx
      .sql()
      .preparedQuery(ADD)
      .execute(values)
      .compose(_ -> audit.append(tx, event))
      .map(signer);
  }

  private static Aad place(String kid) {
    return Aad.of("signing_key", kid);
  }
}
