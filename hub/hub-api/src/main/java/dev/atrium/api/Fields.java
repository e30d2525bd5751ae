package dev.atrium.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads fields of a frame that somebody else wrote: a wrong type is a coded error, never a ClassCastException. */
record Fields(JsonObject json) {
  private static final int MOST_NAMES = 32;
  private static final int LONGEST_NAME = 64;

  String text(String field) {
    if (json.getValue(field) instanceof String s) {
      return wellFormed(field, s);
    }
    throw FrameException.badField(field, "a string is needed");
  }

  Optional<String> optionalText(String field) {
    return json.getValue(field) == null ? Optional.empty() : Optional.of(text(field));
  }

  UUID id(String field) {
    String s = text(field);
    // UUID.fromString also takes short groups such as 1-1-1-1-1.
    if (s.length() == 36) {
      try {
        return UUID.fromString(s);
      } catch (IllegalArgumentException _) {
        // told below
      }
    }
    throw FrameException.badField(field, "a UUID is needed");
  }

  Optional<UUID> optionalId(String field) {
    return json.getValue(field) == null ? Optional.empty() : Optional.of(id(field));
  }

  /** A short list of short strings; none if the field is missing. */
  List<String> names(String field) {
    if (json.getValue(field) == null) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    if (json.getValue(field) instanceof JsonArray array && array.size() <= MOST_NAMES) {
      for (Object value : array) {
        if (value instanceof String s && s.length() <= LONGEST_NAME) {
          names.add(wellFormed(field, s));
        }
      }
      if (names.size() == array.size()) {
        return List.copyOf(names);
      }
    }
    throw FrameException.badField(field, "a short list of names is needed");
  }

  /** Files of a prompt; none if the field is missing. */
  List<PromptFile> files(String field) {
    if (json.getValue(field) == null) {
      return List.of();
    }
    if (!(json.getValue(field) instanceof JsonArray array) || array.size() > PromptFile.MOST) {
      throw FrameException.badField(field, "a list of at most " + PromptFile.MOST + " is needed");
    }
    List<PromptFile> files = new ArrayList<>();
    for (Object value : array) {
      if (!(value instanceof JsonObject item)) {
        throw FrameException.badField(field, "each must be an object");
      }
      files.add(new Fields(item).file(field));
    }
    return List.copyOf(files);
  }

  /** This object as a file; a refusal names the field that it stands in. */
  private PromptFile file(String field) {
    boolean kept = json.getValue("id") != null;
    if (kept && json.getValue("text") != null) {
      throw FrameException.badField(field, "a file is new or has an id");
    }
    try {
      return kept ? new PromptFile.Kept(id("id")) : new PromptFile.New(text("name"), text("text"));
    } catch (FrameException e) {
      throw FrameException.badField(field, e.args().get("field") + ": " + e.args().get("reason"));
    } catch (IllegalArgumentException e) {
      throw FrameException.badField(field, e.getMessage());
    }
  }

  int count(String field) {
    if (json.getValue(field) instanceof Integer i && i >= 0) {
      return i;
    }
    throw FrameException.badField(field, "a whole number from 0 is needed");
  }

  /** The same, of a field that may be missing. */
  int count(String field, int otherwise) {
    return json.getValue(field) == null ? otherwise : count(field);
  }

  long number(String field) {
    return switch (json.getValue(field)) {
      case Integer i -> i;
      case Long l -> l;
      case null, default -> throw FrameException.badField(field, "a whole number is needed");
    };
  }

  /** Half a surrogate pair has no UTF-8, and NUL has no place in a PostgreSQL text: neither could be kept as sent. */
  private static String wellFormed(String field, String s) {
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == 0) {
        throw FrameException.badField(field, "it contains the character U+0000");
      }
      if (
        Character.isHighSurrogate(c) &&
        i + 1 < s.length() &&
        Character.isLowSurrogate(s.charAt(i + 1))
      ) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw FrameException.badField(field, "it contains half a character");
      }
    }
    return s;
  }
}
