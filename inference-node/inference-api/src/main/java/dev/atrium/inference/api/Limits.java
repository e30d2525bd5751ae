package dev.atrium.inference.api;

/** The bounds that every message keeps; past them a message is refused, never cut. */
public final class Limits {

  /** Messages of one prompt. */
  public static final int MESSAGES = 10_000;
  /** UTF-16 units of one message's content. */
  public static final int CONTENT_CHARS = 1_000_000;
  /** UTF-16 units of all contents of one prompt together. */
  public static final int PROMPT_CHARS = 4_000_000;
  /** Tokens that any count or list of ids may reach. */
  public static final int TOKENS = 1_000_000;
  /** Answers to one prompt at once. */
  public static final int CHOICES = 16;
  /** Stop strings of one generation. */
  public static final int STOPS = 8;
  /** UTF-16 units of one stop string. */
  public static final int STOP_CHARS = 256;
  /** Tokens whose logits a request may move. */
  public static final int LOGIT_BIASES = 300;
  /** UTF-16 units of a JSON schema that an answer is bound to. */
  public static final int SCHEMA_CHARS = 100_000;
  /** UTF-16 units of the tools that a model may call. */
  public static final int TOOLS_CHARS = 100_000;
  /** Parts of one delta, and calls of tools of one message. */
  public static final int PARTS = 10_000;
  /** Alternatives that may come with a token. */
  public static final int ALTERNATIVES = 20;
  /** UTF-16 units of the text of one delta. */
  public static final int DELTA_CHARS = 1_000_000;
  /** The longest that one attempt may take, in milliseconds: a day. */
  public static final long DEADLINE_MS = 86_400_000L;
  /** Engines of one node. */
  public static final int ENGINES = 256;
  /** Arguments of one error. */
  public static final int ERROR_ARGS = 16;
  /** UTF-16 units of a name: a model, a device, a revision, a code. */
  public static final int NAME_CHARS = 200;

  private Limits() {}
}
