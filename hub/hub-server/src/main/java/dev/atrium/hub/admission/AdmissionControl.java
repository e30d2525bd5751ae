package dev.atrium.hub.admission;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.ModelView;
import dev.atrium.hub.models.ModelCatalogue;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The rules that every prompt meets first. Safe for many threads; never waits. */
public final class AdmissionControl {

  /** Longest prompt in code points; what a model can hold is checked by its node. */
  public static final int MOST_CODE_POINTS = 100_000;

  private static final int BURST = 60;
  private static final double PER_SECOND = 2.0;

  private final ModelCatalogue models;
  private final RateLimit rate = new RateLimit(BURST, PER_SECOND);

  public AdmissionControl(ModelCatalogue models) {
    this.models = models;
  }

  /**
   * Checks a prompt.
   *
   * @param model empty for the default
   * @throws AtriumException {@code bad_field}, {@code prompt_too_long}, {@code model_unknown},
   *     {@code model_unavailable}, {@code no_node} or {@code rate_limited}
   */
  public Admission admit(UUID userId, Optional<String> model, String text) {
    if (text.isBlank()) {
      throw new AtriumException(
        ErrorCode.BAD_FIELD,
        Map.of("field", "text", "reason", "it is empty")
      );
    }
    int length = text.codePointCount(0, text.length());
    if (length > MOST_CODE_POINTS) {
      throw new AtriumException(
        ErrorCode.PROMPT_TOO_LONG,
        Map.of("length", length, "limit", MOST_CODE_POINTS)
      );
    }
    return new Admission(admitModel(userId, model), text);
  }

  /** Checks everything but a text: for another answer to a prompt that was admitted before. */
  public ModelView admitModel(UUID userId, Optional<String> model) {
    ModelView chosen = model
      .map(name ->
        models
          .find(name)
          .orElseThrow(() ->
            new AtriumException(ErrorCode.MODEL_UNKNOWN, Map.of("model", shortened(name)))
          )
      )
      .or(models::standard)
      .orElseThrow(() -> new AtriumException(ErrorCode.NO_NODE));
    if (!chosen.available()) {
      throw new AtriumException(ErrorCode.MODEL_UNAVAILABLE, Map.of("model", chosen.name()));
    }
    int wait = rate.take(userId, System.nanoTime());
    if (wait > 0) {
      throw new AtriumException(ErrorCode.RATE_LIMITED, Map.of("retryAfterSeconds", wait));
    }
    return chosen;
  }

  private static String shortened(String name) {
    return name.length() > 100 ? name.substring(0, 100) + "…" : name;
  }
}
