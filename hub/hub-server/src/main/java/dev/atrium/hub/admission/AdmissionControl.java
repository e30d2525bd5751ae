package dev.atrium.hub.admission;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.ModelView;
import dev.atrium.api.PromptFile;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.models.ModelCatalogue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules that every prompt meets first. Safe for many threads. */
public final class AdmissionControl {

  /** Longest prompt in code points, its files included; what a model can hold is checked by its node. */
  public static final int MOST_CODE_POINTS = 100_000;

  private static final Logger log = LoggerFactory.getLogger(AdmissionControl.class);

  private final ModelCatalogue models;
  private final Permissions permissions;
  private final Rates rates;
  private final Inspector inspector;

  private AdmissionControl(
    ModelCatalogue models,
    Permissions permissions,
    Rates rates,
    Inspector inspector
  ) {
    this.models = models;
    this.permissions = permissions;
    this.rates = rates;
    this.inspector = inspector;
  }

  /** Over the tables of this hub's database. */
  public static AdmissionControl create(
    Vertx vertx,
    Db db,
    ModelCatalogue models,
    Permissions permissions
  ) {
    return new AdmissionControl(models, permissions, Rates.create(db), new Inspector(vertx));
  }

  /**
   * Checks a prompt, or the wish for another answer, with the user and the rules as they are at this
   * moment, and everything that would be sent to the model with it.
   *
   * @param model empty for the default
   * @return fails with an {@link AtriumException}: {@code bad_field}, {@code prompt_too_long}, {@code
   *     not_found} for a file that is to be kept, {@code session_expired}, {@code rate_limited}, {@code
   *     model_unknown}, {@code model_forbidden}, {@code model_unavailable}, {@code no_node}, {@code
   *     sensitive_refused} or {@code sensitive_unconfirmed}
   */
  public Future<Admission> admit(UUID userId, Optional<String> model, Draft draft) {
    return draft
      .prompt()
      .map(AdmissionControl::checkSent)
      .orElseGet(Future::succeededFuture)
      .compose(_ -> permissions.judge(userId))
      .compose(judge ->
        takeRequest(userId, judge)
          .map(_ -> choose(judge, model))
          .compose(chosen ->
            files(draft).compose(files ->
              inspector
                .inspect(judge, chosen.name(), draft, files)
                .map(inspected ->
                  new Admission(chosen, judge.departmentId(), inspected, draft.confirmed(), files)
                )
            )
          )
      );
  }

  /** What can be said of a prompt without reading the files that it keeps. */
  private static Future<Void> checkSent(Draft.Prompt prompt) {
    if (prompt.text().isBlank() && prompt.files().isEmpty()) {
      return refuse(ErrorCode.BAD_FIELD, Map.of("field", "text", "reason", "it is empty"));
    }
    return checkLength(
      Stream.concat(
        Stream.of(prompt.text()),
        prompt
          .files()
          .stream()
          .filter(PromptFile.New.class::isInstance)
          .map(file -> ((PromptFile.New) file).text())
      )
    );
  }

  private static Future<List<Draft.File>> files(Draft draft) {
    return draft
      .prompt()
      .map(prompt ->
        prompt
          .read()
          .compose(files ->
            checkLength(
              Stream.concat(Stream.of(prompt.text()), files.stream().map(Draft.File::text))
            ).map(files)
          )
      )
      .orElse(Future.succeededFuture(List.of()));
  }

  private static Future<Void> checkLength(Stream<String> texts) {
    int length = texts.mapToInt(text -> text.codePointCount(0, text.length())).sum();
    return length > MOST_CODE_POINTS
      ? refuse(ErrorCode.PROMPT_TOO_LONG, Map.of("length", length, "limit", MOST_CODE_POINTS))
      : Future.succeededFuture();
  }

  /** The rate comes first, so that a flood of refused prompts ends as any other does. */
  private Future<Void> takeRequest(UUID userId, Judge judge) {
    if (!judge.limitsRequests()) {
      return Future.succeededFuture();
    }
    return rates
      .takeRequest(userId, judge.departmentId())
      .compose(taken ->
        switch (taken) {
          case Taken.Now _ -> Future.succeededFuture();
          case Taken.Later(Duration after) -> refuse(
            ErrorCode.RATE_LIMITED,
            Map.of("retryAfterSeconds", Math.max(1, after.toSeconds()))
          );
          case Taken.Never _ -> throw new IllegalStateException("a limit below one request");
        }
      );
  }

  private ModelView choose(Judge judge, Optional<String> wanted) {
    ModelView chosen = wanted.map(this::find).orElseGet(() -> standard(judge));
    if (!judge.allowsModel(chosen.name())) {
      throw judge.refusal(chosen.name());
    }
    if (!chosen.available()) {
      throw new AtriumException(ErrorCode.MODEL_UNAVAILABLE, Map.of("model", chosen.name()));
    }
    return chosen;
  }

  private ModelView find(String name) {
    return models
      .find(name)
      .orElseThrow(() ->
        new AtriumException(ErrorCode.MODEL_UNKNOWN, Map.of("model", shortened(name)))
      );
  }

  /** The default if this user may use it and it is to be had, else another that is. */
  private ModelView standard(Judge judge) {
    List<ModelView> allowed = models
      .views()
      .stream()
      .filter(m -> judge.allowsModel(m.name()))
      .toList();
    return allowed
      .stream()
      .filter(ModelView::available)
      .findFirst()
      .or(() -> allowed.stream().findFirst())
      .or(() -> models.views().stream().findFirst())
      .orElseThrow(() -> new AtriumException(ErrorCode.NO_NODE));
  }

  /** Takes tokens from the rate limits of a user and the departments above. */
  public Future<Taken> takeTokens(UUID userId, UUID departmentId, int tokens) {
    return permissions.limitsTokens()
      ? rates.takeTokens(userId, departmentId, tokens)
      : Future.succeededFuture(new Taken.Now(0));
  }

  /** Gives back tokens that were taken and not used. If that fails, they count for a minute. */
  public void giveBackTokens(UUID userId, UUID departmentId, int tokens, long slot) {
    if (permissions.limitsTokens() && tokens > 0) {
      rates
        .giveBackTokens(userId, departmentId, tokens, slot)
        .onFailure(e -> log.debug("{} tokens not given back: {}", tokens, e.toString()));
    }
  }

  /** Limits may have changed. */
  public void limitsChanged() {
    rates.forget();
  }

  private static <T> Future<T> refuse(ErrorCode code, Map<String, Object> args) {
    return Future.failedFuture(new AtriumException(code, args));
  }

  private static String shortened(String name) {
    return name.length() > 100 ? name.substring(0, 100) + "…" : name;
  }
}
