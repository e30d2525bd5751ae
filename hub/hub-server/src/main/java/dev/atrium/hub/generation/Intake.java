package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.admission.Admission;
import dev.atrium.hub.admission.Draft;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.NewPrompt;
import dev.atrium.hub.conversation.NewRetry;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.conversation.Turn;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.sensitive.Kind;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What comes before an answer: a prompt, or the wish for another answer, is admitted and saved with its
 * answer and its generation in one transaction, transaction 1. Only when that is committed may it be
 * acknowledged. A refusal is an {@link AtriumException}, recorded with its reason and with nothing that was
 * sent. To be called on a virtual thread.
 */
final class Intake {

  private final Rooms rooms;
  private final GenerationStore store;
  private final String hubId;
  private final SecureRandom random = new SecureRandom();

  /**
   * What is saved now.
   *
   * @param who with the department that pays
   */
  record Accepted(Requester who, Admission admission, SavedPrompt saved, long seed) {}

  Intake(Rooms rooms, GenerationStore store, String hubId) {
    this.rooms = rooms;
    this.store = store;
    this.hubId = hubId;
  }

  Accepted prompt(Requester who, ClientFrame.Send frame) {
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
      frame.text(),
      admission
        .files()
        .stream()
        .map(f -> new FileText(f.name(), f.text()))
        .toList()
    );
    return saved(who, admission, tx -> rooms.conversations().savePrompt(tx, prompt));
  }

  /** Another answer by the model that gave the first. */
  Accepted retry(Requester who, ClientFrame.Retry frame) {
    GenerationRow before = await(store.findByMessage(who.userId(), frame.messageId())).orElseThrow(
      () -> new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "message"))
    );
    Admission admission = admitted(
      who,
      rooms.admission().admit(who.userId(), Optional.of(before.model()), draft(who, frame))
    );
    NewRetry retry = new NewRetry(
      who.userId(),
      frame.id(),
      frame.messageId(),
      admission.model().name()
    );
    return saved(who, admission, tx -> rooms.conversations().saveRetry(tx, retry));
  }

  private Draft draft(Requester who, ClientFrame.Send frame) {
    return new Draft(
      Optional.of(
        new Draft.Prompt(frame.text(), frame.files(), ids -> kept(who, frame.conversationId(), ids))
      ),
      () ->
        frame
          .parentId()
          .map(parent -> rooms.conversations().earlier(who.userId(), parent))
          .orElse(Future.succeededFuture(List.of()))
          .map(Intake::earlier),
      kinds(frame.confirm())
    );
  }

  private Future<Map<UUID, Draft.File>> kept(
    Requester who,
    Optional<UUID> conversation,
    Set<UUID> ids
  ) {
    return conversation
      .map(id -> rooms.conversations().files(who.userId(), id, ids))
      .orElseGet(() ->
        Future.failedFuture(new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "file")))
      )
      .map(found ->
        found
          .entrySet()
          .stream()
          .collect(Collectors.toMap(Map.Entry::getKey, e -> file(e.getValue())))
      );
  }

  private static Draft.File file(FileText file) {
    return new Draft.File(file.name(), file.text());
  }

  private Draft draft(Requester who, ClientFrame.Retry frame) {
    return new Draft(
      Optional.empty(),
      () -> rooms.conversations().before(who.userId(), frame.messageId()).map(Intake::earlier),
      kinds(frame.confirm())
    );
  }

  private static List<Draft.Earlier> earlier(List<Turn> turns) {
    return turns
      .stream()
      .map(t ->
        new Draft.Earlier(
          t.messageId(),
          t.role().equals("user"),
          t.text(),
          t.files().stream().map(Intake::file).toList(),
          kinds(t.confirmed())
        )
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

  private Accepted saved(
    Requester asking,
    Admission admission,
    Function<Tx, Future<SavedPrompt>> save
  ) {
    Requester who = asking.in(admission.departmentId());
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
    return new Accepted(who, admission, saved, seed);
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
    if (!s.files().isEmpty()) {
      details.put("files", s.files().size());
    }
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
}
