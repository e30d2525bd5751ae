package dev.atrium.hub.config;

/** The configuration can't be used; the message is one clear sentence for the operator. */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ConfigException(String sentence) {
    super(sentence);
  }
}
