package dev.atrium.api;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What a client says on the websocket. Unknown fields are ignored, unknown types are refused. */
public sealed interface ClientFrame {
  /** The value of {@code type}. */
  String type();

  /** The JSON form. */
  JsonObject toJson();

  /**
   * A prompt. The id is made by the client, so that sending it twice is harmless; without a
   * conversation a new one begins; without a model the default answers.
   *
   * @param text may be empty beside files
   * @param files at most {@link PromptFile#MOST}, in the order in which the model reads them
   * @param confirm kinds of sensitive data that the writer has been told of and wants to send
   */
  record Send(
    UUID id,
    Optional<UUID> conversationId,
    Optional<UUID> parentId,
    Optional<String> model,
    String text,
    List<PromptFile> files,
    List<String> confirm
  ) implements ClientFrame {
    public Send {
      files = List.copyOf(files);
      confirm = List.copyOf(confirm);
    }

    /** One without files. */
    public Send(
      UUID id,
      Optional<UUID> conversationId,
      Optional<UUID> parentId,
      Optional<String> model,
      String text,
      List<String> confirm
    ) {
      this(id, conversationId, parentId, model, text, List.of(), confirm);
    }

    /** One without files that confirms nothing. */
    public Send(
      UUID id,
      Optional<UUID> conversationId,
      Optional<UUID> parentId,
      Optional<String> model,
      String text
    ) {
      this(id, conversationId, parentId, model, text, List.of());
    }

    @Override
    public String type() {
      return "chat.send";
    }

    @Override
    public JsonObject toJson() {
      JsonObject json = start(this)
        .put("id", id.toString())
        .put("conversationId", conversationId.map(UUID::toString).orElse(null))
        .put("parentId", parentId.map(UUID::toString).orElse(null))
        .put("model", model.orElse(null))
        .put("text", text);
      if (!files.isEmpty()) {
        json.put("files", new JsonArray(files.stream().map(PromptFile::toJson).toList()));
      }
      return confirming(json, confirm);
    }

    /** Without what somebody wrote. */
    @Override
    public String toString() {
      return "Send[" + id + ", " + text.length() + " chars, " + files.size() + " files]";
    }
  }

  /** Asks for another answer beside the one named; {@code confirm} as of a prompt. */
  record Retry(UUID id, UUID messageId, List<String> confirm) implements ClientFrame {
    public Retry {
      confirm = List.copyOf(confirm);
    }

    /** One that confirms nothing. */
    public Retry(UUID id, UUID messageId) {
      this(id, messageId, List.of());
    }

    @Override
    public String type() {
      return "chat.retry";
    }

    @Override
    public JsonObject toJson() {
      JsonObject json = start(this).put("id", id.toString()).put("messageId", messageId.toString());
      return confirming(json, confirm);
    }
  }

  /** Ends a running answer; what was written stays. */
  record Stop(UUID generationId) implements ClientFrame {
    @Override
    public String type() {
      return "chat.stop";
    }

    @Override
    public JsonObject toJson() {
      return start(this).put("generationId", generationId.toString());
    }
  }

  /** Asks for what is missing after {@code position} code points of the given epoch. */
  record Resume(UUID generationId, int epoch, int position) implements ClientFrame {
    @Override
    public String type() {
      return "resume";
    }

    @Override
    public JsonObject toJson() {
      return start(this)
        .put("generationId", generationId.toString())
        .put("epoch", epoch)
        .put("position", position);
    }
  }

  /** Asks for a {@link HubFrame.Pong} with the same {@code t}. */
  record Ping(long t) implements ClientFrame {
    @Override
    public String type() {
      return "ping";
    }

    @Override
    public JsonObject toJson() {
      return start(this).put("t", t);
    }
  }

  /**
   * Reads one text frame.
   *
   * @throws FrameException {@code bad_frame} when it is not a JSON object, {@code unknown_type} or
   *     {@code bad_field} otherwise
   */
  static ClientFrame decode(String text) {
    JsonObject json;
    try {
      json = new JsonObject(text);
    } catch (DecodeException | ClassCastException _) {
      throw new FrameException(
        ErrorCode.BAD_FRAME,
        Map.of("reason", "not a JSON object"),
        Optional.empty()
      );
    }
    try {
      return read(new Fields(json));
    } catch (FrameException e) {
      throw new FrameException(e.code(), e.args(), ref(json));
    }
  }

  private static ClientFrame read(Fields f) {
    String type = f.text("type");
    return switch (type) {
      case "chat.send" -> new Send(
        f.id("id"),
        f.optionalId("conversationId"),
        f.optionalId("parentId"),
        f.optionalText("model"),
        f.text("text"),
        f.files("files"),
        f.names("confirm")
      );
      case "chat.retry" -> new Retry(f.id("id"), f.id("messageId"), f.names("confirm"));
      case "chat.stop" -> new Stop(f.id("generationId"));
      case "resume" -> new Resume(f.id("generationId"), f.count("epoch"), f.count("position"));
      case "ping" -> new Ping(f.number("t"));
      default -> throw new FrameException(
        ErrorCode.UNKNOWN_TYPE,
        Map.of("type", type.length() > 64 ? type.substring(0, 64) : type),
        Optional.empty()
      );
    };
  }

  private static Optional<String> ref(JsonObject json) {
    for (String field : new String[] { "id", "generationId" }) {
      if (json.getValue(field) instanceof String s && s.length() <= 64) {
        return Optional.of(s);
      }
    }
    return Optional.empty();
  }

  private static JsonObject confirming(JsonObject json, List<String> kinds) {
    return kinds.isEmpty() ? json : json.put("confirm", new JsonArray(kinds));
  }

  private static JsonObject start(ClientFrame frame) {
    return new JsonObject().put("type", frame.type());
  }
}
