package dev.atrium.hub.generation;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what is written for people who may not be here any more. While anything is written the database
 * is asked every two seconds, in one question for all: so it holds for whoever was disabled between
 * admission and the first token, and for answers of a dead hub that are taken over. While the database
 * is away nobody is ended. Confined to the conductor's context.
 */
final class UserWatch {

  private static final long PERIOD_MS = 2_000;
  private static final Logger log = LoggerFactory.getLogger(UserWatch.class);

  private final Vertx vertx;
  private final GenerationStore store;
  private final Running running;
  private boolean looking;

  UserWatch(Vertx vertx, GenerationStore store, Running running) {
    this.vertx = vertx;
    this.store = store;
    this.running = running;
  }

  /** Begins; called once. */
  void start() {
    vertx.setPeriodic(PERIOD_MS, _ -> look());
  }

  private void look() {
    if (looking || running.isEmpty()) {
      return;
    }
    looking = true;
    Set<UUID> writing = running
      .all()
      .stream()
      .map(g -> g.requester().userId())
      .collect(Collectors.toSet());
    store
      .disabled(writing)
      .onSuccess(this::end)
      .onFailure(e -> log.debug("not known who was disabled: {}", e.toString()))
      .onComplete(_ -> looking = false);
  }

  private void end(Set<UUID> gone) {
    for (Generation g : new ArrayList<>(running.all())) {
      if (gone.contains(g.requester().userId()) && !g.userDisabled()) {
        log.info("generation {} ends: its user is disabled", g.id());
        g.disown();
      }
    }
  }
}
