package dev.atrium.hub.audit;

import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;

/** Signs texts, such as certificates, with the key that signs the checkpoints of the audit log. */
public final class Notary {

  private final PgCheckpointKeys keys;

  public Notary(MasterKey master, AuditTrail audit) {
    this.keys = new PgCheckpointKeys(master, audit);
  }

  /** The text with its signature, as a signed note; see {@link dev.atrium.audit.SignedNote}. */
  public Future<String> sign(Tx tx, String text) {
    return keys.signer(tx).map(signer -> signer.sign(text).note());
  }
}
