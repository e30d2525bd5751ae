package dev.atrium.hub.auth;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The keys that sign access tokens: shared by all hubs through the database, wrapped by the master
 * key. A key signs for 90 days and is accepted for a day longer than any token it can have signed. Its
 * successor is made a day before that and rests for a minute, so that no hub meets a token whose key it
 * could not have read.
 */
final class PgSigningKeys {

  /**
   * A key whose private half is unwrapped.
   *
   * @param signs whether it has more than a day left to sign
   * @param maySign whether it has any time left to sign
   * @param known whether every hub can have read it by now
   */
  record SigningKey(
    String kid,
    Buffer privatePkcs8,
    Buffer publicSpki,
    boolean signs,
    boolean maySign,
    boolean known
  ) {
    @Override
    public String toString() {
      return "SigningKey " + kid;
    }
  }

  private static final String LOCK = "SELECT pg_advisory_xact_lock(4702111234474983747)";
  private static final String FIND = """
    SELECT kid, public_key, wrapped_key, master_key_id,
      sign_until > clock_timestamp() + interval '1 day' AS signs,
      sign_until > clock_timestamp() AS may_sign,
      created_at < clock_timestamp() - interval '1 minute' AS known
    FROM signing_key
    WHERE purpose = 'access_token' AND algorithm = 'ES256' AND verify_until > clock_timestamp()
    ORDER BY sign_until DESC
    """;
  private static final String ADD = """
    INSERT INTO signing_key (kid, purpose, algorithm, public_key, wrapped_key, master_key_id,
      sign_until, verify_until)
    VALUES ($1, 'access_token', 'ES256', $2, $3, $4, now() + interval '90 days',
      now() + interval '92 days')
    """;

  private final Db db;
  private final MasterKey master;
  private final AuditTrail audit;

  PgSigningKeys(Db db, MasterKey master, AuditTrail audit) {
    this.db = db;
    this.master = master;
    this.audit = audit;
  }

  /** All keys that are accepted, the newest first; one is made if none may sign any more. */
  Future<List<SigningKey>> load() {
    return db.inTransaction(tx ->
      find(tx).compose(keys ->
          keys.stream().anyMatch(SigningKey::signs)
            ? Future.succeededFuture(keys)
            : tx
              .sql()
              .query(LOCK)
              .execute()
              .compose(_ -> find(tx))
              .compose(again ->
                again.stream().anyMatch(SigningKey::signs)
                  ? Future.succeededFuture(again)
                  : add(tx).compose(_ -> find(tx))
              )
        )
    );
  }

  private Future<List<SigningKey>> find(Tx tx) {
    return tx
      .sql()
      .preparedQuery(FIND)
      .execute()
      .map(rows -> {
        var keys = new ArrayList<SigningKey>();
        rows.forEach(row -> keys.add(unwrap(row)));
        return List.copyOf(keys);
      });
  }

  private SigningKey unwrap(Row row) {
    var kid = row.getString("kid");
    var wrapped = row.getBuffer("wrapped_key").getBytes();
    return new SigningKey(
      kid,
      Buffer.buffer(master.unwrap(wrapped, row.getString("master_key_id"), place(kid))),
      row.getBuffer("public_key"),
      row.getBoolean("signs"),
      row.getBoolean("may_sign"),
      row.getBoolean("known")
    );
  }

  private Future<Void> add(Tx tx) {
    var kid = Ids.next().toString();
    var pair = newPair();
    var wrapped = master.wrap(pair.getPrivate().getEncoded(), place(kid));
    var values = Tuple.of(
      kid,
      Buffer.buffer(pair.getPublic().getEncoded()),
      Buffer.buffer(wrapped.bytes()),
      wrapped.keyId()
    );
    var event = AuditEvent.ok(AuditEvent.Actor.system(), "key.create")
      .target("signing_key", kid)
      .details(Map.of("purpose", "access_token", "algorithm", "ES256"));
    return tx
      .sql()
      .preparedQuery(ADD)
      .execute(values)
      .compose(_ -> audit.append(tx, event));
  }

  private static Aad place(String kid) {
    return Aad.of("signing_key", kid);
  }

  private static KeyPair newPair() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has P-256", e);
    }
  }
}
