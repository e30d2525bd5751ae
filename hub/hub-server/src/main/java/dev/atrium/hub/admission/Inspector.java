package dev.atrium.hub.admission;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.policy.sensitive.Detectors;
import dev.atrium.policy.sensitive.Finding;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Passage;
import dev.atrium.policy.sensitive.Screening;
import dev.atrium.policy.sensitive.Treatment;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/**
 * Looks for sensitive data in a prompt, in its files and their names, and in what is sent to the model
 * before it. Long conversations are read on a worker thread, so that nobody else's text waits for that.
 */
final class Inspector {

  /** Places that a refusal names. */
  private static final int MOST_SPANS = 100;
  /** About a millisecond's work. */
  private static final int SHORT = 10_000;

  private final Vertx vertx;

  Inspector(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * What may be sent and how.
   *
   * @param earlier the user's own messages that were looked at
   */
  record Inspected(Screening screening, List<UUID> earlier) {
    static final Inspected NOTHING = new Inspected(Screening.NOTHING, List.of());
  }

  /**
   * A text that is looked at.
   *
   * @param messageId empty in what is sent now
   * @param file its number in the message, from 0; empty for what was written beside files
   * @param name whether it is the name of that file
   */
  private record Look(Passage passage, Optional<UUID> messageId, OptionalInt file, boolean name) {}

  /**
   * Fails with {@code sensitive_refused} or {@code sensitive_unconfirmed}.
   *
   * @param files those of a new prompt
   */
  Future<Inspected> inspect(Judge judge, String model, Draft draft, List<Draft.File> files) {
    Map<Kind, Treatment> treatments = judge.treatments(model);
    if (treatments.isEmpty()) {
      return Future.succeededFuture(Inspected.NOTHING);
    }
    return draft
      .earlier()
      .get()
      .compose(earlier -> {
        List<Look> looks = looks(draft, files, earlier);
        return screen(
          judge.detectors(),
          treatments,
          looks.stream().map(Look::passage).toList()
        ).map(screening -> judged(screening, model, looks, earlier));
      });
  }

  private static List<Look> looks(
    Draft draft,
    List<Draft.File> files,
    List<Draft.Earlier> earlier
  ) {
    List<Look> looks = new ArrayList<>();
    for (Draft.Earlier e : earlier) {
      Set<Kind> confirmed = both(e.confirmed(), draft.confirmed());
      add(looks, Optional.of(e.messageId()), e.text(), e.files(), e.written(), confirmed);
    }
    draft
      .prompt()
      .ifPresent(p -> add(looks, Optional.empty(), p.text(), files, true, draft.confirmed()));
    return looks;
  }

  private static void add(
    List<Look> looks,
    Optional<UUID> messageId,
    String text,
    List<Draft.File> files,
    boolean judged,
    Set<Kind> confirmed
  ) {
    looks.add(
      new Look(new Passage(text, judged, confirmed), messageId, OptionalInt.empty(), false)
    );
    for (int i = 0; i < files.size(); i++) {
      Passage name = new Passage(files.get(i).name(), judged, confirmed);
      Passage held = new Passage(files.get(i).text(), judged, confirmed);
      looks.add(new Look(name, messageId, OptionalInt.of(i), true));
      looks.add(new Look(held, messageId, OptionalInt.of(i), false));
    }
  }

  private Future<Screening> screen(
    Detectors detectors,
    Map<Kind, Treatment> treatments,
    List<Passage> passages
  ) {
    int chars = passages
      .stream()
      .mapToInt(p -> p.text().length())
      .sum();
    return chars <= SHORT
      ? Future.succeededFuture(Screening.of(detectors, treatments, passages))
      : vertx.executeBlocking(() -> Screening.of(detectors, treatments, passages), false);
  }

  private static Set<Kind> both(Set<Kind> some, Set<Kind> others) {
    Set<Kind> all = EnumSet.noneOf(Kind.class);
    all.addAll(some);
    all.addAll(others);
    return all;
  }

  private static Inspected judged(
    Screening screening,
    String model,
    List<Look> looks,
    List<Draft.Earlier> earlier
  ) {
    boolean refused = !screening.refused().isEmpty();
    List<Screening.Spot> spots = refused ? screening.refused() : screening.unconfirmed();
    if (!spots.isEmpty()) {
      throw new AtriumException(
        refused ? ErrorCode.SENSITIVE_REFUSED : ErrorCode.SENSITIVE_UNCONFIRMED,
        Map.of(
          "model",
          model,
          "kinds",
          Screening.kinds(spots).stream().map(Kind::code).toList(),
          "spans",
          spots
            .stream()
            .limit(MOST_SPANS)
            .map(spot -> span(spot.finding(), looks.get(spot.passage())))
            .toList()
        )
      );
    }
    return new Inspected(
      screening,
      earlier.stream().filter(Draft.Earlier::written).map(Draft.Earlier::messageId).toList()
    );
  }

  /** Where something is, and never what. */
  private static Map<String, Object> span(Finding f, Look look) {
    String text = look.passage().text();
    int start = text.codePointCount(0, f.start());
    Map<String, Object> span = new LinkedHashMap<>();
    span.put("kind", f.kind().code());
    span.put("start", start);
    span.put("end", start + text.codePointCount(f.start(), f.end()));
    span.put("startUtf16", f.start());
    span.put("endUtf16", f.end());
    look.messageId().ifPresent(id -> span.put("messageId", id.toString()));
    look.file().ifPresent(number -> span.put("file", number));
    if (look.name()) {
      span.put("fileName", true);
    }
    return span;
  }
}
