package dev.atrium.hub.budget;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/**
 * Reserves before anything is decoded and settles to what was used. Every account that pays (the
 * user, the department and those above it, the organisation, as far as they have accounts) must
 * have room, or nothing is reserved. A model without a price costs nothing; its tokens are
 * recorded all the same.
 */
public interface BudgetLedger {
  /** Over the tables of this hub's database. */
  static BudgetLedger create(Db db) {
    return new PgBudgetLedger(db);
  }

  /**
   * Reserves the prompt and a slice of the answer. The prompt is billed once a generation, so a
   * later attempt reserves its slice alone. Repeating it for the same attempt returns what the
   * first call reserved. Fails with {@code BUDGET_EXHAUSTED}; the transaction may then go on.
   */
  Future<Reservation> reserve(Tx tx, ReservationRequest request);

  /**
   * Raises what is allowed by {@code tokens}, in a transaction of its own. Repeating it with the
   * same reservation does no harm. Fails with {@code BUDGET_EXHAUSTED}; what was reserved before
   * stays.
   */
  Future<Reservation> topUp(Reservation reservation, int tokens);

  /**
   * Ends a reservation: spends what was used, never more than was reserved, and releases the rest.
   * Only the first call for an attempt has an effect. An attempt that never reserved costs nothing.
   */
  Future<Void> settle(Tx tx, UUID generationId, int attempt, Usage usage);

  /** Where the accounts that pay for this user stand. */
  Future<List<Balance>> balances(UUID userId);
}
