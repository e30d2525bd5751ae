package dev.atrium.api;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What the hub says on the websocket. Positions and lengths are code points of the answer's text;
 * each generation ends in exactly one of {@link Finished} and {@link Failed}.
 */
public sealed interface HubFrame {
  /** The value of {@code type}. */
  String type();

  /** The JSON form. */
  JsonObject toJson();

  /** The JSON form as it goes on the wire. */
  default String encode() {
    return toJson().encode();
  }

  /**
   * The first frame on every socket.
   *
   * @param spreadMs if this line is lost, clients that await nothing come back within so many
   *     milliseconds, each at a moment of its own
   */
  record Welcome(
    int protocol,
    String hubId,
    UserView user,
    List<ModelView> models,
    int spreadMs
  ) implements HubFrame {
    @Override
    public String type() {
      return "welcome";
    }

    @Override
    public JsonObject toJson() {
      return start(this)
        .put("protocol", protocol)
        .put("hubId", hubId)
        .put("user", user.toJson())
        .put("models", modelsJson(models))
        .put("spreadMs", spreadMs);
    }
  }

  /** The list of models, whenever it changes. */
  record Models(List<ModelView> models) implements HubFrame {
    @Override
    public String type() {
      return "models";
    }

    @Override
    public JsonObject toJson() {
      return start(this).put("models", modelsJson(models));
    }
  }

  /**
   * The prompt is stored: it survives the loss of any process from here on.
   *
   * @param files those of a new prompt, in its order
   */
  record Saved(
    UUID id,
    UUID conversationId,
    String title,
    UUID userMessageId,
    UUID answerId,
    UUID generationId,
    int epoch,
    int masked,
    List<FileView> files
  ) implements HubFrame {
    public Saved {
      files = List.copyOf(files);
    }

    @Override
    public String type() {
      return "chat.saved";
    }

    @Override
    public JsonObject toJson() {
      JsonObject json = start(this)
        .put("id", id.toString())
        .put("conversationId", conversationId.toString())
        .put("title", title)
        .put("userMessageId", userMessageId.toString())
        .put("answerId", answerId.toString())
        .put("generationId", generationId.toString())
        .put("epoch", epoch)
        .put("masked", masked);
      return files.isEmpty() ? json : json.put("files", FileView.toJson(files));
    }
  }

  /** The prompt waits for its turn: its place in the queue from 1, and a guess of the wait. */
  record Queued(UUID generationId, int position, long waitMs) implements HubFrame {
    @Override
    public String type() {
      return "generation.queued";
    }

    @Override
    public JsonObject toJson() {
      return start(this)
        .put("generationId", generationId.toString())
        .put("position", position)
        .put("waitMs", waitMs);
    }
  }

  /** A node reads the prompt and begins to write. */
  record Started(UUID generationId, int epoch, String model, String node) implements HubFrame {
    @Override
    public String type() {
      return "generation.started";
    }

    @Override
    public JsonObject toJson() {
      return generation(this, generationId, epoch).put("model", model).put("node", node);
    }
  }

  /** What a piece of an answer is. */
  enum Part {
    /** What the model says. */
    ANSWER,
    /** What it thought before. */
    THOUGHT,
    /** A tool that it wants called, whole: a JSON object with {@code name} and {@code arguments}. */
    TOOL_CALL;

    /** The name on the wire. */
    public String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Part of(String wire) {
      for (Part part : values()) {
        if (part.wire().equals(wire)) {
          return part;
        }
      }
      // Of a later hub: shown as it is, nothing is lost.
      return ANSWER;
    }
  }

  /**
   * More text: to be appended only if {@code from} equals the length already held.
   *
   * @param part what the text is; positions count all parts alike
   */
  record Delta(
    UUID generationId,
    int epoch,
    int choice,
    int from,
    Part part,
    String text
  ) implements HubFrame {
    /** More of what the model says. */
    public Delta(UUID generationId, int epoch, int choice, int from, String text) {
      this(generationId, epoch, choice, from, Part.ANSWER, text);
    }

    @Override
    public String type() {
      return "delta";
    }

    @Override
    public JsonObject toJson() {
      JsonObject json = generation(this, generationId, epoch)
        .put("choice", choice)
        .put("from", from);
      if (part != Part.ANSWER) {
        json.put("part", part.wire());
      }
      return json.put("text", text);
    }

    /** Written out by hand: of all that a hub says, nearly everything is this. */
    @Override
    public String encode() {
      StringBuilder json = new StringBuilder(144 + text.length())
        .append("{\"type\":\"delta\",\"generationId\":\"")
        .append(generationId)
        .append("\",\"epoch\":")
        .append(epoch)
        .append(",\"choice\":")
        .append(choice)
        .append(",\"from\":")
        .append(from);
      if (part != Part.ANSWER) {
        json.append(",\"part\":\"").append(part.wire()).append('"');
      }
      json.append(",\"text\":\"");
      JsonStringEncoder.getInstance().quoteAsString(text, json);
      return json.append("\"}").toString();
    }
  }

  /** Why an answer ended well. */
  enum Reason {
    DONE,
    STOPPED,
    LENGTH,
    BUDGET;

    /** The name on the wire. */
    public String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Reason of(String wire) {
      return valueOf(wire.toUpperCase(java.util.Locale.ROOT));
    }
  }

  /**
   * Tokens of the prompt and of the answer.
   *
   * @param prefilledTokens tokens that were computed to be read, which is less than the prompt where
   *     some of it was kept, and more where another machine had to take the answer over
   */
  record Usage(int promptTokens, int completionTokens, int prefilledTokens) {
    /** The JSON form. */
    public JsonObject toJson() {
      return new JsonObject()
        .put("promptTokens", promptTokens)
        .put("completionTokens", completionTokens)
        .put("prefilledTokens", prefilledTokens);
    }
  }

  /** The end of an answer that is stored as shown; {@code length} is its whole length. */
  record Finished(UUID generationId, int epoch, Reason reason, int length, Usage usage) implements
    HubFrame {
    @Override
    public String type() {
      return "generation.finished";
    }

    @Override
    public JsonObject toJson() {
      return generation(this, generationId, epoch)
        .put("reason", reason.wire())
        .put("length", length)
        .put("usage", usage.toJson());
    }
  }

  /** The end of an answer that went wrong; what was shown until then is stored. */
  record Failed(UUID generationId, int epoch, ErrorBody error) implements HubFrame {
    @Override
    public String type() {
      return "generation.failed";
    }

    @Override
    public JsonObject toJson() {
      return generation(this, generationId, epoch).put("error", error.toJson());
    }
  }

  /** How a resumed stream goes on. */
  enum Mode {
    /** From the position that the client named. */
    CONTINUE,
    /** The client must first cut its text back to {@code position}: the rest was never stored. */
    REWIND;

    /** The name on the wire. */
    public String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** The answer to {@link ClientFrame.Resume}; the missing text follows as deltas. */
  record Resumed(UUID generationId, int epoch, Mode mode, int position) implements HubFrame {
    @Override
    public String type() {
      return "resumed";
    }

    @Override
    public JsonObject toJson() {
      return generation(this, generationId, epoch)
        .put("mode", mode.wire())
        .put("position", position);
    }
  }

  /** Why an answer stands still for a moment. */
  enum Cause {
    /** The machine that wrote it was lost. */
    NODE_LOST,
    /** The machine that wrote it is being stopped. */
    NODE_LEAVING,
    /** The hub that looked after it was lost. */
    HUB_LOST,
    /** The tokens a minute of its user or department are used up. */
    TOKEN_RATE;

    /** The name on the wire. */
    public String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Cause of(String wire) {
      return valueOf(wire.toUpperCase(java.util.Locale.ROOT));
    }
  }

  /**
   * The answer stands still while others take it over, or until there are tokens again. It goes on with the next {@link Started},
   * {@link Resumed} or {@link Delta}, or ends.
   */
  record Recovering(UUID generationId, int epoch, Cause cause) implements HubFrame {
    @Override
    public String type() {
      return "generation.recovering";
    }

    @Override
    public JsonObject toJson() {
      return generation(this, generationId, epoch).put("cause", cause.wire());
    }
  }

  /** Whether all that was shown is stored: false while the database is away, true once it is again. */
  record Storing(UUID generationId, int epoch, boolean stored) implements HubFrame {
    @Override
    public String type() {
      return "generation.storing";
    }

    @Override
    public JsonObject toJson() {
      return generation(this, generationId, epoch).put("stored", stored);
    }
  }

  /** A conversation was made, renamed, moved up or deleted, here or in another tab. */
  record ConversationChanged(
    UUID conversationId,
    String title,
    Instant updatedAt,
    boolean deleted
  ) implements HubFrame {
    @Override
    public String type() {
      return "conversation.changed";
    }

    @Override
    public JsonObject toJson() {
      JsonObject json = start(this)
        .put("conversationId", conversationId.toString())
        .put("title", title)
        .put("updatedAt", updatedAt.toString());
      return deleted ? json.put("deleted", true) : json;
    }
  }

  /** Something worth knowing that is not an error, such as {@code history_trimmed}. */
  record Notice(String code, Map<String, Object> args, String message) implements HubFrame {
    @Override
    public String type() {
      return "notice";
    }

    @Override
    public JsonObject toJson() {
      return start(this)
        .put("code", code)
        .put("args", new JsonObject(args))
        .put("message", message);
    }
  }

  /** A frame was refused; {@code ref} is the id or generation that it spoke of. */
  record Error(Optional<String> ref, ErrorBody error) implements HubFrame {
    @Override
    public String type() {
      return "error";
    }

    @Override
    public JsonObject toJson() {
      return start(this).put("ref", ref.orElse(null)).put("error", error.toJson());
    }
  }

  /**
   * The answer to {@link ClientFrame.Ping}.
   *
   * @param spreadMs as in {@link Welcome}, as it is now
   */
  record Pong(long t, int spreadMs) implements HubFrame {
    @Override
    public String type() {
      return "pong";
    }

    @Override
    public JsonObject toJson() {
      return start(this).put("t", t).put("spreadMs", spreadMs);
    }
  }

  /** Reads a frame that a hub wrote, as a client or another hub does. */
  static HubFrame fromJson(JsonObject json) {
    return HubFrameReader.read(json);
  }

  private static JsonObject start(HubFrame frame) {
    return new JsonObject().put("type", frame.type());
  }

  private static JsonObject generation(HubFrame frame, UUID generationId, int epoch) {
    return start(frame).put("generationId", generationId.toString()).put("epoch", epoch);
  }

  private static JsonArray modelsJson(List<ModelView> models) {
    return new JsonArray(models.stream().map(ModelView::toJson).toList());
  }
}
