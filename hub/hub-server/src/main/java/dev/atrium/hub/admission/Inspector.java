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
import java.util.Set;
import java.util.UUID;

/**
 * Looks for sensitive data in a prompt and in what is sent to the model before it. Long conversations are
 * read on a worker thread, so that nobody else's text waits for that.
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

  /** Fails with {@code sensitive_refused} or {@code sensitive_unconfirmed}. */
  Future<Inspected> inspect(Judge judge, String model, Draft draft) {
    Map<Kind, Treatment> treatments = judge.treatments(model);
    if (treatments.isEmpty()) {
      return Future.succeededFuture(Inspected.NOTHING);
    }
    return draft
      .earlier()
      .get()
      .compose(earlier -> inspect(judge.detectors(), treatments, model, draft, earlier));
  }

  private Future<Inspected> inspect(
    Detectors detectors,
    Map<Kind, Treatment> treatments,
    String model,
    Draft draft,
    List<Draft.Earlier> earlier
  ) {
    List<Passage> passages = new ArrayList<>();
    earlier.forEach(e ->
      passages.add(new Passage(e.text(), e.written(), both(e.confirmed(), draft.confirmed())))
    );
    draft.text().ifPresent(text -> passages.add(new Passage(text, true, draft.confirmed())));
    int chars = passages
      .stream()
      .mapToInt(p -> p.text().length())
      .sum();
    Future<Screening> screening = chars <= SHORT
      ? Future.succeededFuture(Screening.of(detectors, treatments, passages))
      : vertx.executeBlocking(() -> Screening.of(detectors, treatments, passages), false);
    return screening.map(s -> judged(s, model, passages, earlier));
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
    List<Passage> passages,
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
            .map(spot -> span(spot, passages, earlier))
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
  private static Map<String, Object> span(
    Screening.Spot spot,
    List<Passage> passages,
    List<Draft.Earlier> earlier
  ) {
    Finding f = spot.finding();
    String text = passages.get(spot.passage()).text();
    int start = text.codePointCount(0, f.start());
    Map<String, Object> span = new LinkedHashMap<>();
    span.put("kind", f.kind().code());
    span.put("start", start);
    span.put("end", start + text.codePointCount(f.start(), f.end()));
    span.put("startUtf16", f.start());
    span.put("endUtf16", f.end());
    if (spot.passage() < earlier.size()) {
      span.put("messageId", earlier.get(spot.passage()).messageId().toString());
    }
    return span;
  }
}
