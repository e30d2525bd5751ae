package dev.atrium.api;

import io.vertx.core.json.JsonObject;
import java.util.UUID;

/** A text file that goes with a prompt. */
public sealed interface PromptFile {
  /** Most of one prompt. */
  int MOST = 10;

  /** Longest name in code points. */
  int LONGEST_NAME = 200;

  /** The JSON form. */
  JsonObject toJson();

  /**
   * One that the client has read.
   *
   * @throws IllegalArgumentException for a name that is none, or no text; the message says what is wrong
   *     and not with what
   */
  record New(String name, String text) implements PromptFile {
    public New {
      int length = name.codePointCount(0, name.length());
      if (length < 1 || length > LONGEST_NAME) {
        throw new IllegalArgumentException("a name must have 1 to " + LONGEST_NAME + " characters");
      }
      if (name.chars().anyMatch(c -> Character.isISOControl(c) || c == '/' || c == '\\')) {
        throw new IllegalArgumentException("a name must have no control characters, / or \\");
      }
      if (text.isEmpty()) {
        throw new IllegalArgumentException("a file must not be empty");
      }
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject().put("name", name).put("text", text);
    }

    /** Without name and text. */
    @Override
    public String toString() {
      return "New[" + text.length() + " chars]";
    }
  }

  /** One of an earlier message of the same conversation. */
  record Kept(UUID id) implements PromptFile {
    @Override
    public JsonObject toJson() {
      return new JsonObject().put("id", id.toString());
    }
  }
}
