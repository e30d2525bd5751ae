package dev.atrium.engine;

import java.util.Map;

/**
 * A prompt that this model can't take: {@code context_full} (arguments {@code promptTokens}, {@code
 * contextLength}), {@code template_error} (argument {@code reason}), or a schema that can't be kept
 * ({@code schema_invalid}, {@code schema_unsupported}, {@code schema_too_large}, {@code
 * schema_unsatisfiable}; arguments {@code keyword}, {@code path}, {@code reason}).
 */
public class PromptException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final String code;
  private final transient Map<String, Object> args;

  public PromptException(String code, Map<String, Object> args, String message) {
    super(message);
    this.code = code;
    this.args = Map.copyOf(args);
  }

  public String code() {
    return code;
  }

  public Map<String, Object> args() {
    return args;
  }
}
