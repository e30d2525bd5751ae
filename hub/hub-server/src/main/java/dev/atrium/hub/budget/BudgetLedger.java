package dev.atrium.hub.budget;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;

/**
 * Reserves before anything is decoded and settles to what was used. Every account that pays (the
 * user, the department and those above it, the user's share of those that have a cap, the project, the
 * organisation, as far as they have accounts) must have room, or nothing is reserved. Where there is room
 * for less than was asked, less is given. A model without a price can't be used.
 *
 * <p>Each call is a transaction of its own and may be repeated; all of a hub's go through one {@link
 * LedgerLane}. They fail with {@code DATABASE_UNAVAILABLE} if nobody can say whether it was done.
 */
public interface BudgetLedger {
  /** Over the tables of this hub's database. */
  static BudgetLedger create(Vertx vertx, Db db) {
    return new PgBudgetLedger(vertx, db);
  }

  /**
   * Reserves the prompt and a slice of the answer, or as much of the slice as there is room for. The
   * prompt is billed once a generation, so a later attempt reserves its slice alone. Repeating it for the
   * same attempt returns what is reserved. Fails with {@code BUDGET_EXHAUSTED} if there is not room for the
   * prompt and at least 16 tokens, or with {@code NO_PRICE}.
   */
  Future<Reservation> reserve(ReservationRequest request);

  /**
   * Raises what is allowed by {@code tokens}, or by as many of them as there is room for. Repeating it with
   * the same reservation does no harm. Fails with {@code BUDGET_EXHAUSTED} if there is room for none; what
   * was reserved before stays.
   */
  Future<Reservation> topUp(Reservation reservation, int tokens);

  /**
   * Ends a reservation: spends what was used, never more than was reserved, and releases the rest.
   * Only the first call for an attempt has an effect. An attempt that never reserved costs nothing.
   */
  Future<Void> settle(UUID generationId, int attempt, Usage usage);

  /**
   * Settles what nobody settles any more, to what the ended attempts used; how many it was, at most a
   * hundred. Never that of an answer which has not ended. Any number of hubs may do it at once.
   */
  Future<Integer> sweep();

  /** Where the accounts that pay for this user stand. */
  Future<List<Balance>> balances(UUID userId);
}
