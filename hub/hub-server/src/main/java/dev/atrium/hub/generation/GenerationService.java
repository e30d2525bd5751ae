package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.admission.Admission;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.hub.inference.HubLink;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.policy.sensitive.Pseudonyms;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door of the room: prompts, retries, stops and resumes come in here from any thread and are
 * carried out on the conductor's context, one step at a time. A refusal fails the returned future
 * with an {@link AtriumException}; once a prompt is saved, the end comes as a frame.
 */
public final class GenerationService implements HubLink.Peer {

  private static final long TICK_MS = 1_000;
  private static final long ADOPT_RETRY_MS = 500;
  private static final Logger log = LoggerFactory.getLogger(GenerationService.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final Audience audience;
  private final GenerationStore store;
  private final String hubId;
  private final Conductor conductor;
  private final Running running = new Running();
  private final Ownership ownership;
  private final FlushLane lane;
  private final Resumption resumption;
  private final Intake intake;
  private Context context;
  private volatile boolean leaving;

  public GenerationService(Vertx vertx, Rooms rooms, Audience audience, String hubId, String url) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.audience = audience;
    this.hubId = hubId;
    this.store = new PgGenerationStore(rooms.db());
    this.intake = new Intake(rooms, store, hubId);
    this.conductor = new Conductor(vertx, rooms, store, hubId);
    OrphanStore orphans = new PgOrphanStore(rooms.db());
    this.ownership = new Ownership(
      vertx,
      new PgLeaseStore(rooms.db()),
      orphans,
      running,
      hubId,
      url,
      new Ownership.Listener() {
        @Override
        public void claimed(Orphan orphan) {
          adopt(orphan);
        }

        @Override
        public void stoodStill() {
          audience.sendAway();
        }

        @Override
        public void hubGone() {
          resumption.hubGone();
        }
      }
    );
    this.lane = new FlushLane(vertx, store, rooms.conversations(), ownership::holds);
    this.resumption = new Resumption(vertx, rooms, store, orphans, running, ownership, hubId);
  }

  /** Begins; called once, on the context of virtual threads that everything here runs on. */
  public Future<Void> start() {
    context = vertx.getOrCreateContext();
    rooms.nodes().onLoss(this::nodeLost);
    vertx.setPeriodic(TICK_MS, _ -> running.tick(System.nanoTime()));
    new UserWatch(vertx, store, running).start();
    resumption.start(context);
    return rooms
      .client()
      .start(this::heard)
      .compose(_ -> rooms.hubs().start(this))
      .compose(_ -> ownership.start());
  }

  /** Saves a prompt and begins its answer; completes when it is saved. */
  public Future<Void> send(Requester who, ClientFrame.Send frame, Follower follower) {
    return onContext(() -> {
      refuseIfLeaving();
      begin(intake.prompt(who, frame), frame.id(), follower);
      return null;
    });
  }

  /** Saves the wish for another answer and begins it; completes when it is saved. */
  public Future<Void> retry(Requester who, ClientFrame.Retry frame, Follower follower) {
    return onContext(() -> {
      refuseIfLeaving();
      begin(intake.retry(who, frame), frame.id(), follower);
      return null;
    });
  }

  /** Acknowledges the prompt and has its answer conducted. */
  private void begin(Intake.Accepted accepted, UUID frameId, Follower follower) {
    Requester who = accepted.who();
    SavedPrompt saved = accepted.saved();
    Admission admission = accepted.admission();
    follower.send(
      new HubFrame.Saved(
        frameId,
        saved.conversationId(),
        saved.title(),
        saved.userMessageId(),
        saved.answerId(),
        saved.generationId(),
        saved.epoch(),
        admission.pseudonyms().size(),
        saved.files()
      )
    );
    if (saved.repeated()) {
      resumption.resume(who.userId(), saved.generationId(), saved.epoch(), 0, follower);
      return;
    }
    Guard guard = new Guard(saved.generationId(), hubId, saved.epoch());
    Generation g = new Generation(
      guard,
      who,
      saved,
      admission.model().name(),
      accepted.seed(),
      admission.pseudonyms()
    );
    g.answer().follow(follower);
    tellChanged(who.userId(), saved.conversationId(), saved.title());
    carry(g, () -> conductor.conduct(g, follower.locale()));
  }

  /** Takes over what this hub has claimed of a dead one. */
  private void adopt(Orphan orphan) {
    UUID userId = orphan.requester().userId();
    UUID id = orphan.guard().generationId();
    context.runOnContext(_ -> {
      while (!leaving) {
        try {
          StoredAnswer stored = await(rooms.conversations().answer(userId, id));
          Pseudonyms pseudonyms = await(
            rooms.conversations().pseudonyms(userId, orphan.answerId())
          );
          Generation g = Generation.adopted(orphan, stored, pseudonyms);
          log.info("generation {} taken over at {}", id, stored.position());
          carry(g, () -> conductor.adopt(g, orphan));
          return;
        } catch (AtriumException e) {
          if (e.code() != ErrorCode.DATABASE_UNAVAILABLE) {
            log.error("generation {} could not be taken over: {}", id, e.toString());
            return;
          }
          await(vertx.timer(ADOPT_RETRY_MS));
        }
      }
    });
  }

  /** Runs a generation to its end, or until another hub has it. */
  private void carry(Generation g, Runnable conducting) {
    g.writer(writer(g));
    running.add(g);
    resumption.settled(g.id());
    context.runOnContext(_ -> {
      conducting.run();
      running.remove(g);
      if (g.fenced()) {
        followElsewhere(g);
      } else {
        tellCurrentTitle(g);
      }
    });
  }

  private void followElsewhere(Generation g) {
    for (Follower follower : g.answer().followers()) {
      if (follower instanceof RemoteFollower far) {
        far.moved(g.id());
      } else if (!leaving) {
        resumption.carry(
          g.requester().userId(),
          g.id(),
          g.guard().epoch(),
          g.answer().length(),
          follower
        );
      }
    }
  }

  private GenerationWriter writer(Generation g) {
    return new GenerationWriter(
      lane,
      g.guard(),
      g.requester().userId(),
      g.saved().conversationId(),
      g.answer(),
      g::fence
    );
  }

  /** Its reader may have renamed it while the answer was written. */
  private void tellCurrentTitle(Generation g) {
    UUID userId = g.requester().userId();
    UUID conversation = g.saved().conversationId();
    rooms
      .conversations()
      .title(userId, conversation)
      .onSuccess(title -> tellChanged(userId, conversation, title))
      // Deleted meanwhile, or no database: then there is nothing to tell.
      .onFailure(e -> log.debug("title of {} not told: {}", conversation, e.toString()));
  }

  private void tellChanged(UUID userId, UUID conversationId, String title) {
    tellAll(userId, new HubFrame.ConversationChanged(conversationId, title, Instant.now(), false));
  }

  /** Tells every socket of a user, on every hub. */
  public void tellAll(UUID userId, HubFrame frame) {
    audience.tell(userId, frame);
    ownership.otherHubs().forEach(hub -> rooms.hubs().tell(hub, userId, frame));
  }

  /** Ends an answer wherever it runs; one that has ended already is not an error. */
  public Future<Void> stop(Requester who, UUID generationId) {
    return onContext(() -> {
      resumption.stop(who.userId(), generationId);
      return null;
    });
  }

  /** Lets a follower read on from where it was. */
  public Future<Void> resume(Requester who, ClientFrame.Resume frame, Follower follower) {
    return onContext(() -> {
      resumption.resume(
        who.userId(),
        frame.generationId(),
        frame.epoch(),
        frame.position(),
        follower
      );
      return null;
    });
  }

  /** A follower of this hub has gone; its answers go on. */
  public void unfollow(UUID followerId) {
    context.runOnContext(_ -> {
      running.unfollow(followerId);
      resumption.unfollow(followerId);
    });
  }

  /**
   * Takes no new prompts. Running answers are handed over to another hub as they are, or, if this one
   * is the last, may finish for a while; what is left then is ended.
   */
  public Future<Void> leave(Duration patience) {
    if (leaving) {
      return Future.succeededFuture();
    }
    leaving = true;
    return onContext(() -> {
      if (othersTakeOver()) {
        handOver();
      } else {
        letFinish(patience);
      }
      await(ownership.stop());
      await(rooms.client().stop());
      await(rooms.hubs().stop());
      return null;
    });
  }

  private boolean othersTakeOver() {
    try {
      return !ownership.leave().isEmpty();
    } catch (RuntimeException e) {
      log.warn("no hand-over without the database: {}", e.toString());
      return false;
    }
  }

  private void handOver() {
    Set<String> others = ownership.otherHubs();
    List<Generation> mine = List.copyOf(running.all());
    log.info("handing {} answers over", mine.size());
    await(lane.flush(mine.stream().map(Generation::writer).toList()).otherwiseEmpty());
    mine.forEach(Generation::handOver);
    await(ownership.stop());
    others.forEach(rooms.hubs()::orphaned);
    for (int i = 0; i < 40 && !running.isEmpty(); i++) {
      await(vertx.timer(50));
    }
  }

  private void letFinish(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!running.isEmpty() && System.nanoTime() < deadline) {
      await(vertx.timer(50));
    }
    List.copyOf(running.all()).forEach(Generation::leave);
    for (int i = 0; i < 100 && !running.isEmpty(); i++) {
      await(vertx.timer(50));
    }
  }

  @Override
  public boolean resume(
    UUID userId,
    UUID generationId,
    int epoch,
    int position,
    String hub,
    UUID follower
  ) {
    Optional<Generation> here = running.find(userId, generationId).filter(g -> !g.fenced());
    here.ifPresent(g ->
      g.answer().resume(new RemoteFollower(rooms.hubs(), hub, follower), epoch, position)
    );
    return here.isPresent();
  }

  @Override
  public void moved(UUID generationId, UUID follower) {
    resumption.moved(generationId, follower);
  }

  @Override
  public void orphaned() {
    ownership.sweep();
  }

  @Override
  public void unfollow(UUID generationId, UUID follower) {
    running.find(generationId).ifPresent(g -> g.answer().unfollow(follower));
  }

  @Override
  public boolean stop(UUID userId, UUID generationId) {
    Optional<Generation> found = running.find(userId, generationId).filter(g -> !g.fenced());
    found.ifPresent(Generation::stop);
    return found.isPresent();
  }

  @Override
  public void pass(UUID follower, HubFrame frame) {
    if (resumption.heard(follower, frame)) {
      audience.pass(follower, frame);
    }
  }

  @Override
  public void tell(UUID userId, HubFrame frame) {
    audience.tell(userId, frame);
  }

  private void heard(GenerationEvent event) {
    running
      .find(event.generationId())
      .flatMap(Generation::relay)
      .ifPresent(relay -> relay.on(event));
  }

  private void nodeLost(String nodeId) {
    context.runOnContext(_ -> running.nodeLost(nodeId));
  }

  private void refuseIfLeaving() {
    if (leaving) {
      throw new AtriumException(ErrorCode.HUB_LEAVING);
    }
  }

  private <T> Future<T> onContext(Callable<T> work) {
    Promise<T> done = Promise.promise();
    context.runOnContext(_ -> {
      T result;
      try {
        result = work.call();
      } catch (AtriumException e) {
        done.fail(e);
        return;
      } catch (Exception e) {
        UUID reference = UUID.randomUUID();
        log.error("request failed unexpectedly, reference {}", reference, e);
        done.fail(
          new AtriumException(ErrorCode.INTERNAL, Map.of("reference", reference.toString()))
        );
        return;
      }
      done.complete(result);
    });
    return done.future();
  }
}
