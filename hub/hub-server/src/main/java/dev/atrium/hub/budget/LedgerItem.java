package dev.atrium.hub.budget;

import java.util.UUID;

/** One wish to the ledger; {@link LedgerLane} carries it there with others. */
sealed interface LedgerItem {
  UUID generationId();

  int attempt();

  record Reserve(ReservationRequest request) implements LedgerItem {
    @Override
    public UUID generationId() {
      return request.generationId();
    }

    @Override
    public int attempt() {
      return request.attempt();
    }
  }

  /** Through which token of this attempt's own it wants to be allowed. */
  record TopUp(UUID generationId, int attempt, int through) implements LedgerItem {}

  record Settle(UUID generationId, int attempt, Usage usage) implements LedgerItem {}
}
