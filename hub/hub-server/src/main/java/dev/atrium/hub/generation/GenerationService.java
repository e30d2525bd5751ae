package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.api.ModelView;
import dev.atrium.hub.admission.Admission;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.conversation.NewPrompt;
import dev.atrium.hub.conversation.NewRetry;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.db.Tx;
import dev.atrium.hub.inference.HubLink;
import dev.atrium.inference.api.GenerationEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door of the room: prompts, retries, stops and resumes come in here from any thread and are
 * carried out on the conductor's context, one step at a time. A refusal fails the returned future
 * with an {@link AtriumException}; once a prompt is saved, the end comes as a frame.
 */
public final class GenerationService implements HubLink.Peer {

  private static final long TICK_MS = 1_000;
  private static final Logger log = LoggerFactory.getLogger(GenerationService.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final Audience audience;
  private final GenerationStore store;
  private final String hubId;
  private final Conductor conductor;
  private final Running running = new Running();
  private final Resumption resumption;
  private final Ownership ownership;
  private final SecureRandom random = new SecureRandom();
  private Context context;
  private volatile boolean leaving;

  public GenerationService(Vertx vertx, Rooms rooms, Audience audience, String hubId, String url) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.audience = audience;
    this.hubId = hubId;
    this.store = new PgGenerationStore(rooms.db());
    this.conductor = new Conductor(vertx, rooms, store, hubId);
    this.resumption = new Resumption(vertx, rooms, store, running, hubId);
    this.ownership = new Ownership(vertx, rooms, store, running, hubId, url);
  }

  /** Begins; called once, on the context of virtual threads that everything here runs on. */
  public Future<Void> start() {
    context = vertx.getOrCreateContext();
    rooms.nodes().onLoss(this::nodeLost);
    vertx.setPeriodic(TICK_MS, _ -> running.tick(System.nanoTime()));
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
      Admission admission = rooms.admission().admit(who.userId(), frame.model(), frame.text());
      NewPrompt prompt = new NewPrompt(
        who.userId(),
        frame.id(),
        frame.conversationId(),
        frame.parentId(),
        admission.model().name(),
        admission.text()
      );
      begin(who, frame.id(), admission.model(), follower, tx ->
        rooms.conversations().savePrompt(tx, prompt)
      );
      return null;
    });
  }

  /** Saves the wish for another answer and begins it; completes when it is saved. */
  public Future<Void> retry(Requester who, ClientFrame.Retry frame, Follower follower) {
    return onContext(() -> {
      refuseIfLeaving();
      GenerationRow before = await(
        store.findByMessage(who.userId(), frame.messageId())
      ).orElseThrow(() -> new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "message")));
      ModelView model = rooms.admission().admitModel(who.userId(), Optional.of(before.model()));
      NewRetry retry = new NewRetry(who.userId(), frame.id(), frame.messageId(), model.name());
      begin(who, frame.id(), model, follower, tx -> rooms.conversations().saveRetry(tx, retry));
      return null;
    });
  }

  /** Transaction 1; only when it is committed is the prompt acknowledged, and its answer conducted. */
  private void begin(
    Requester who,
    UUID frameId,
    ModelView model,
    Follower follower,
    Function<Tx, Future<SavedPrompt>> save
  ) {
    long seed = random.nextLong();
    SavedPrompt saved = await(
      rooms
        .db()
        .inTransaction(tx ->
          save
            .apply(tx)
            .compose(s ->
              s.repeated()
                ? Future.succeededFuture(s)
                : record(tx, who, s, model.name(), seed).map(s)
            )
        )
    );
    follower.send(
      new HubFrame.Saved(
        frameId,
        saved.conversationId(),
        saved.title(),
        saved.userMessageId(),
        saved.answerId(),
        saved.generationId(),
        saved.epoch()
      )
    );
    if (saved.repeated()) {
      resumption.resume(who.userId(), saved.generationId(), 0, follower);
      return;
    }
    Generation g = generation(who, saved, model.name(), seed);
    running.add(g);
    g.answer().follow(follower);
    tellChanged(g);
    context.runOnContext(_ -> {
      conductor.conduct(g, follower.locale());
      running.remove(g);
      tellChanged(g);
    });
  }

  private Future<Void> record(Tx tx, Requester who, SavedPrompt s, String model, long seed) {
    AuditEvent event = AuditEvent.ok(
      AuditEvent.Actor.user(who.userId(), who.name()),
      "generation.begin"
    )
      .target("generation", s.generationId())
      .from(who.address())
      .correlation(s.generationId().toString())
      .details(Map.of("model", model, "conversation", s.conversationId().toString()));
    NewGeneration row = new NewGeneration(
      s.generationId(),
      s.conversationId(),
      s.answerId(),
      who.userId(),
      who.departmentId(),
      hubId,
      model,
      seed
    );
    return store.insert(tx, row).compose(_ -> rooms.audit().append(tx, event));
  }

  private Generation generation(Requester who, SavedPrompt saved, String model, long seed) {
    Guard guard = new Guard(saved.generationId(), hubId, saved.epoch());
    Generation g = new Generation(guard, who, saved, model, seed);
    g.writer(
      new GenerationWriter(
        vertx,
        rooms.db(),
        store,
        rooms.conversations(),
        guard,
        who.userId(),
        g.answer(),
        cause -> g.relay().ifPresent(r -> r.fenced(cause))
      )
    );
    return g;
  }

  private void tellChanged(Generation g) {
    tellAll(
      g.requester().userId(),
      new HubFrame.ConversationChanged(
        g.saved().conversationId(),
        g.saved().title(),
        Instant.now(),
        false
      )
    );
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
      resumption.resume(who.userId(), frame.generationId(), frame.position(), follower);
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

  /** Takes no new prompts, lets running answers finish for a while, then ends what is left. */
  public Future<Void> leave(Duration patience) {
    leaving = true;
    return onContext(() -> {
      long deadline = System.nanoTime() + patience.toNanos();
      while (!running.isEmpty() && System.nanoTime() < deadline) {
        await(vertx.timer(50));
      }
      new ArrayList<>(running.all()).forEach(Generation::leave);
      for (int i = 0; i < 100 && !running.isEmpty(); i++) {
        await(vertx.timer(50));
      }
      await(ownership.stop());
      await(rooms.client().stop());
      await(rooms.hubs().stop());
      return null;
    });
  }

  @Override
  public boolean resume(UUID userId, UUID generationId, int position, String hub, UUID follower) {
    return running
      .find(userId, generationId)
      .map(g -> {
        g.answer().resume(new RemoteFollower(rooms.hubs(), hub, follower), position);
        return true;
      })
      .orElse(false);
  }

  @Override
  public void unfollow(UUID generationId, UUID follower) {
    running.find(generationId).ifPresent(g -> g.answer().unfollow(follower));
  }

  @Override
  public boolean stop(UUID userId, UUID generationId) {
    Optional<Generation> found = running.find(userId, generationId);
    found.ifPresent(Generation::stop);
    return found.isPresent();
  }

  @Override
  public void pass(UUID follower, HubFrame frame) {
    audience.pass(follower, frame);
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
