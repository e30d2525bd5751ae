package dev.atrium.hub.auth;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
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
   * @param algorithm what it signs by, as RFC 7518 names it
   * @param signs whether it has more than a day left to sign
   * @param maySign whether it has any time left to sign
   * @param known whether every hub can have read it by now
   */
  record SigningKey(
    String kid,
    String algorithm,
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

  /** Of new keys. Every request and every socket is a verification, and RSA's is the cheap one. */
  private static final String ALGORITHM = "RS256";
  private static final int BITS = 2_048;
  private static final String LOCK = "SELECT pg_advisory_xact_lock(4702111234474983747)";
  private static final String FIND = """
    SELECT kid, algorithm, public_key, wrapped_key, master_key_id,
      sign_until > clock_timestamp() + interval '1 day' AS signs,
      sign_until > clock_timestamp() AS may_sign,
      created_at < clock_timestamp() - interval '1 minute' AS known
    FROM signing_key
    WHERE purpose = 'access_token' AND algorithm IN ('RS256', 'ES256')
      AND verify_until > clock_timestamp()
    ORDER BY sign_until DESC
    """;
  private static final String ADD = """
    INSERT INTO signing_key (kid, purpose, algorithm, public_key, wrapped_key, master_key_id,
      sign_until, verify_until)
    VALUES ($1, 'access_token', $2, $3, $4, $5, now() + interval '90 days',
      now() + interval '92 days')
    """;

  private final Vertx vertx;
  private final Db db;
  private final MasterKey master;
  private final AuditTrail audit;

  PgSigningKeys(Vertx vertx, Db db, MasterKey master, AuditTrail audit) {
    this.vertx = vertx;
    this.db = db;
    this.master = master;
    this.audit = audit;
  }

  /**
   * All keys that are accepted, the newest first; one is made if none may sign any more. Those of
   * releases that signed with ES256 go on until their time is over, so that a hub of such a release
   * reads what its younger neighbours sign.
   */
  Future<List<SigningKey>> load() {
    return db
      .inTransaction(this::find)
      .compose(keys ->
        oneSigns(keys)
          ? Future.succeededFuture(keys)
          : vertx
            .executeBlocking(PgSigningKeys::newPair, false)
            .compose(pair -> db.inTransaction(tx -> findOrAdd(tx, pair)))
      );
  }

  /** Hubs that start together all make a pair; the first one's is the key of all. */
  private Future<List<SigningKey>> findOrAdd(Tx tx, KeyPair pair) {
    return tx
      .sql()
      .query(LOCK)
      .execute()
      .compose(_ -> find(tx))
      .compose(keys ->
        oneSigns(keys) ? Future.succeededFuture(keys) : add(tx, pair).compose(_ -> find(tx))
      );
  }

  private static boolean oneSigns(List<SigningKey> keys) {
    return keys.stream().anyMatch(SigningKey::signs);
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
      row.getString("algorithm"),
      Buffer.buffer(master.unwrap(wrapped, row.getString("master_key_id"), place(kid))),
      row.getBuffer("public_key"),
      row.getBoolean("signs"),
      row.getBoolean("may_sign"),
      row.getBoolean("known")
    );
  }

  private Future<Void> add(Tx tx, KeyPair pair) {
    var kid = Ids.next().toString();
    var wrapped = master.wrap(pair.getPrivate().getEncoded(), place(kid));
    var values = Tuple.of(
      kid,
      ALGORITHM,
      Buffer.buffer(pair.getPublic().getEncoded()),
      Buffer.buffer(wrapped.bytes()),
      wrapped.keyId()
    );
    var event = AuditEvent.ok(AuditEvent.Actor.system(), "key.create")
      .target("signing_key", kid)
      .details(Map.of("purpose", "access_token", "algorithm", ALGORITHM));
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
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(BITS);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has RSA", e);
    }
  }
}
