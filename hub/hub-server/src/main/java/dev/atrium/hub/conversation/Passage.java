package dev.atrium.hub.conversation;

import dev.atrium.api.HubFrame.Part;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** A part of a message with its text. */
public record Passage(Part part, String text) {
  /** Cuts a text into its runs; empty ones are left out. */
  public static List<Passage> of(String text, Runs runs) {
    List<Passage> passages = new ArrayList<>();
    int at = 0;
    for (Runs.Run run : runs.all()) {
      int end = text.offsetByCodePoints(at, run.length());
      if (end > at) {
        passages.add(new Passage(run.part(), text.substring(at, end)));
      }
      at = end;
    }
    return passages;
  }

  /** The JSON form of a message's parts. */
  public static JsonArray json(List<Passage> parts) {
    JsonArray json = new JsonArray();
    parts.forEach(each ->
      json.add(new JsonObject().put("type", each.part.wire()).put("text", each.text))
    );
    return json;
  }

  public int codePoints() {
    return text.codePointCount(0, text.length());
  }

  /** Without the text. */
  @Override
  public String toString() {
    return part + " of " + codePoints();
  }
}
