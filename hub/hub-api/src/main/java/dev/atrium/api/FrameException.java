package dev.atrium.api;

import java.util.Map;
import java.util.Optional;

/** A frame that could not be read, with the id that the sender gave it as far as that could be made out. */
public final class FrameException extends AtriumException {

  private static final long serialVersionUID = 1L;

  private final String ref;

  public FrameException(ErrorCode code, Map<String, Object> args, Optional<String> ref) {
    super(code, args);
    this.ref = ref.orElse(null);
  }

  static FrameException badField(String field, String reason) {
    return new FrameException(
      ErrorCode.BAD_FIELD,
      Map.of("field", field, "reason", reason),
      Optional.empty()
    );
  }

  /** What to answer to: the frame's {@code id} or {@code generationId}, if it had a readable one. */
  public Optional<String> ref() {
    return Optional.ofNullable(ref);
  }
}
