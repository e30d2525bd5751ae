package dev.atrium.engine.model;

import java.util.Map;

/**
 * A model directory that can't be used. {@link #code()} is one of {@code model_missing} (a file or
 * the directory is not there), {@code model_corrupt} (a file is there and wrong) and {@code
 * model_unsupported} (a network or a precision that this engine does not know); the arguments name
 * the {@code file} and the {@code problem}. Or it is {@code model_too_large}, with {@code neededBytes}
 * and {@code freeBytes}, or {@code device_missing}, with the {@code device} that is not there.
 */
public class ModelLoadException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final String code;
  private final transient Map<String, Object> args;

  public ModelLoadException(String code, Map<String, Object> args, String message) {
    super(message);
    this.code = code;
    this.args = Map.copyOf(args);
  }

  private ModelLoadException(String code, String file, String problem) {
    this(code, Map.of("file", file, "problem", problem), file + ": " + problem);
  }

  public static ModelLoadException missing(String file, String problem) {
    return new ModelLoadException("model_missing", file, problem);
  }

  public static ModelLoadException corrupt(String file, String problem) {
    return new ModelLoadException("model_corrupt", file, problem);
  }

  public static ModelLoadException unsupported(String file, String problem) {
    return new ModelLoadException("model_unsupported", file, problem);
  }

  public String code() {
    return code;
  }

  public Map<String, Object> args() {
    return args;
  }
}
