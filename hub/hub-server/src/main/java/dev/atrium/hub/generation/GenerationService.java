package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.admission.Admission;
import dev.atrium.hub.admission.Draft;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.conversation.NewPrompt;
import dev.atrium.hub.conversation.NewRetry;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.hub.conversation.Turn;
import dev.atrium.hub.db.Tx;
import dev.atrium.hub.inference.HubLink;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Pseudonyms;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    this.lane = new FlushLane(vertx, rooms.db(), store, rooms.conversations(), ownership::holds);
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
      Admission admission = admitted(
        who,
        rooms.admission().admit(who.userId(), frame.model(), draft(who, frame))
      );
      NewPrompt prompt = new NewPrompt(
        who.userId(),
        frame.id(),
        frame.conversationId(),
        frame.parentId(),
        admission.model().name(),
        frame.text()
      );
      begin(who.in(admission.departmentId()), frame.id(), admission, follower, tx ->
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
      Admission admission = admitted(
        who,
        rooms.admission().admit(who.userId(), Optional.of(before.model()), draft(who, frame))
      );
      String model = admission.model().name();
      NewRetry retry = new NewRetry(who.userId(), frame.id(), frame.messageId(), model);
      begin(who.in(admission.departmentId()), frame.id(), admission, follower, tx ->
        rooms.conversations().saveRetry(tx, retry)
      );
      return null;
    });
  }

  private Draft draft(Requester who, ClientFrame.Send frame) {
    return new Draft(
      Optional.of(frame.text()),
      () ->
        frame
          .parentId()
          .map(parent -> rooms.conversations().earlier(who.userId(), parent))
          .orElse(Future.succeededFuture(List.of()))
          .map(GenerationService::earlier),
      kinds(frame.confirm())
    );
  }

  private Draft draft(Requester who, ClientFrame.Retry frame) {
    return new Draft(
      Optional.empty(),
      () ->
        rooms
          .conversations()
          .before(who.userId(), frame.messageId())
          .map(GenerationService::earlier),
      kinds(frame.confirm())
    );
  }

  private static List<Draft.Earlier> earlier(List<Turn> turns) {
    return turns
      .stream()
      .map(t ->
        new Draft.Earlier(t.messageId(), t.role().equals("user"), t.text(), kinds(t.confirmed()))
      )
      .toList();
  }

  /** Those that are known; others may come from a client of a later version. */
  private static Set<Kind> kinds(Collection<String> codes) {
    return codes
      .stream()
      .flatMap(code -> Kind.of(code).stream())
      .collect(Collectors.toSet());
  }

  /** What admission says. A refusal is recorded with its reason, and with nothing that was sent. */
  private Admission admitted(Requester who, Future<Admission> admission) {
    try {
      return await(admission);
    } catch (AtriumException e) {
      rooms.audit().refused(refusal(who, e));
      throw e;
    }
  }

  private static AuditEvent refusal(Requester who, AtriumException e) {
    AuditEvent.Actor actor = AuditEvent.Actor.user(who.userId(), who.name());
    AuditEvent event = switch (e.code()) {
      case MODEL_FORBIDDEN -> AuditEvent.refused(actor, "model.use")
        .target("model", e.args().get("model"))
        .details(Map.of("rule", e.args().get("rule")));
      case SENSITIVE_REFUSED, SENSITIVE_UNCONFIRMED -> AuditEvent.refused(actor, "generation.begin")
        .target("sensitive_data", listed(e.args().get("kinds")))
        .details(Map.of("reason", e.code().code(), "model", e.args().get("model")));
      default -> AuditEvent.refused(actor, "generation.begin").details(
        Map.of("reason", e.code().code())
      );
    };
    return event.from(who.address());
  }

  /** A detail of an audit record is no list. */
  private static String listed(Object kinds) {
    return ((Collection<?>) kinds).stream()
      .map(String::valueOf)
      .sorted()
      .collect(Collectors.joining(", "));
  }

  /** Transaction 1; only when it is committed is the prompt acknowledged, and its answer conducted. */
  private void begin(
    Requester who,
    UUID frameId,
    Admission admission,
    Follower follower,
    Function<Tx, Future<SavedPrompt>> save
  ) {
    String model = admission.model().name();
    long seed = random.nextLong();
    // Before the transaction: when many come for the first time, all of its connections would wait.
    await(rooms.conversations().prepare(who.userId()));
    SavedPrompt saved = await(
      rooms
        .db()
        .inTransaction(tx ->
          save
            .apply(tx)
            .compose(s ->
              s.repeated() ? Future.succeededFuture(s) : record(tx, who, s, admission, seed).map(s)
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
        saved.epoch(),
        admission.pseudonyms().size()
      )
    );
    if (saved.repeated()) {
      resumption.resume(who.userId(), saved.generationId(), saved.epoch(), 0, follower);
      return;
    }
    Guard guard = new Guard(saved.generationId(), hubId, saved.epoch());
    Generation g = new Generation(guard, who, saved, model, seed, admission.pseudonyms());
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

  private Future<Void> record(Tx tx, Requester who, SavedPrompt s, Admission admission, long seed) {
    String model = admission.model().name();
    AuditEvent event = AuditEvent.ok(
      AuditEvent.Actor.user(who.userId(), who.name()),
      "generation.begin"
    )
      .target("generation", s.generationId())
      .from(who.address())
      .correlation(s.generationId().toString())
      .details(details(admission, s));
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
    return store
      .insert(tx, row)
      .compose(_ -> keep(tx, who, s, admission))
      .compose(_ -> rooms.audit().append(tx, event));
  }

  private static Map<String, Object> details(Admission admission, SavedPrompt s) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("model", admission.model().name());
    details.put("conversation", s.conversationId().toString());
    if (!admission.confirmed().isEmpty()) {
      details.put("confirmed", listed(admission.confirmed().stream().map(Kind::code).toList()));
    }
    if (!admission.pseudonyms().isEmpty()) {
      Map<String, Object> masked = new LinkedHashMap<>();
      admission
        .pseudonyms()
        .counts()
        .forEach((kind, count) -> masked.put(kind.code(), count));
      details.put("masked", masked);
    }
    return details;
  }

  /** What whoever goes on with this answer needs, and what need not be asked again. */
  private Future<Void> keep(Tx tx, Requester who, SavedPrompt s, Admission admission) {
    Future<Void> kept = admission.pseudonyms().isEmpty()
      ? Future.succeededFuture()
      : rooms
        .conversations()
        .keepPseudonyms(tx, who.userId(), s.conversationId(), s.answerId(), admission.pseudonyms());
    if (admission.confirmed().isEmpty()) {
      return kept;
    }
    List<UUID> messages = new ArrayList<>(admission.confirmedMessages());
    messages.add(s.userMessageId());
    return kept.compose(_ ->
      rooms.conversations().confirm(tx, s.conversationId(), messages, admission.confirmed())
    );
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
