package dev.atrium.inference;

/** A setting that can't be meant, in one sentence for the person who made it. */
final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ConfigException(String sentence) {
    super(sentence);
  }
}
