package dev.atrium.api;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The reading half of {@link HubFrame}'s JSON. */
final class HubFrameReader {

  private HubFrameReader() {}

  static HubFrame read(JsonObject json) {
    Fields f = new Fields(json);
    String type = f.text("type");
    return switch (type) {
      case "welcome" -> new HubFrame.Welcome(
        f.count("protocol"),
        f.text("hubId"),
        UserView.fromJson(json.getJsonObject("user")),
        models(json),
        json.getInteger("spreadMs", 0)
      );
      case "models" -> new HubFrame.Models(models(json));
      case "chat.saved" -> new HubFrame.Saved(
        f.id("id"),
        f.id("conversationId"),
        f.text("title"),
        f.id("userMessageId"),
        f.id("answerId"),
        f.id("generationId"),
        f.count("epoch"),
        json.getInteger("masked", 0),
        FileView.fromJson(json.getJsonArray("files"))
      );
      case "conversation.changed" -> new HubFrame.ConversationChanged(
        f.id("conversationId"),
        f.text("title"),
        Instant.parse(f.text("updatedAt")),
        json.getBoolean("deleted", false)
      );
      case "notice" -> new HubFrame.Notice(
        f.text("code"),
        Map.copyOf(json.getJsonObject("args").getMap()),
        f.text("message")
      );
      case "error" -> new HubFrame.Error(f.optionalText("ref"), error(json));
      case "pong" -> new HubFrame.Pong(f.number("t"), json.getInteger("spreadMs", 0));
      default -> generation(type, f);
    };
  }

  private static HubFrame generation(String type, Fields f) {
    JsonObject json = f.json();
    UUID id = f.id("generationId");
    return switch (type) {
      case "generation.queued" -> new HubFrame.Queued(id, f.count("position"), f.number("waitMs"));
      case "generation.started" -> new HubFrame.Started(
        id,
        f.count("epoch"),
        f.text("model"),
        f.text("node")
      );
      case "delta" -> new HubFrame.Delta(
        id,
        f.count("epoch"),
        f.count("choice"),
        f.count("from"),
        f.optionalText("part").map(HubFrame.Part::of).orElse(HubFrame.Part.ANSWER),
        json.getString("text")
      );
      case "generation.finished" -> {
        Fields usage = new Fields(json.getJsonObject("usage"));
        yield new HubFrame.Finished(
          id,
          f.count("epoch"),
          HubFrame.Reason.of(f.text("reason")),
          f.count("length"),
          new HubFrame.Usage(
            usage.count("promptTokens"),
            usage.count("completionTokens"),
            // A hub of before this field leaves it out.
            usage.count("prefilledTokens", 0)
          )
        );
      }
      case "generation.failed" -> new HubFrame.Failed(id, f.count("epoch"), error(json));
      case "resumed" -> new HubFrame.Resumed(
        id,
        f.count("epoch"),
        f.text("mode").equals("rewind") ? HubFrame.Mode.REWIND : HubFrame.Mode.CONTINUE,
        f.count("position")
      );
      case "generation.recovering" -> new HubFrame.Recovering(
        id,
        f.count("epoch"),
        HubFrame.Cause.of(f.text("cause"))
      );
      case "generation.storing" -> new HubFrame.Storing(
        id,
        f.count("epoch"),
        json.getBoolean("stored")
      );
      default -> throw new FrameException(
        ErrorCode.UNKNOWN_TYPE,
        Map.of("type", type),
        Optional.empty()
      );
    };
  }

  private static ErrorBody error(JsonObject json) {
    return ErrorBody.fromJson(json.getJsonObject("error"));
  }

  private static List<ModelView> models(JsonObject json) {
    return json
      .getJsonArray("models")
      .stream()
      .map(m -> ModelView.fromJson((JsonObject) m))
      .toList();
  }
}
