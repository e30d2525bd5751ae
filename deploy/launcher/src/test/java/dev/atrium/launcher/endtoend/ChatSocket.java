package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;

/** The chat websocket as the web client uses it. */
final class ChatSocket implements WebSocket.Listener, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final LinkedBlockingDeque<JsonObject> frames = new LinkedBlockingDeque<>();
  private final StringBuilder partial = new StringBuilder();
  private WebSocket socket;
  private String hub;

  /** A whole answer. {@code firstTextNanos} counts from sending to the first delta. */
  record Answer(
    String conversationId,
    String answerId,
    String generationId,
    String text,
    String node,
    String hub,
    long firstTextNanos,
    JsonObject end
  ) {}

  static ChatSocket open(HttpClient client, String address, String origin, String cookies)
    throws Exception {
    ChatSocket it = new ChatSocket();
    it.socket = client
      .newWebSocketBuilder()
      .header("Origin", origin)
      .header("Cookie", cookies)
      .connectTimeout(Duration.ofSeconds(30))
      .buildAsync(URI.create(address), it)
      .get(30, TimeUnit.SECONDS);
    it.hub = it.await("welcome").getString("hubId");
    return it;
  }

  String hub() {
    return hub;
  }

  /** Sends a message to the default model; returns what {@code chat.saved} said. */
  JsonObject send(String conversationId, String parentId, String text) {
    return send(conversationId, parentId, null, text);
  }

  JsonObject send(String conversationId, String parentId, String model, String text) {
    JsonObject frame = new JsonObject()
      .put("type", "chat.send")
      .put("id", UUID.randomUUID().toString())
      .put("conversationId", conversationId)
      .put("parentId", parentId)
      .put("model", model)
      .put("text", text);
    socket.sendText(frame.encode(), true).join();
    return await("chat.saved");
  }

  /** Sends a message in a new conversation and reads the whole answer. */
  Answer ask(String text) {
    long sent = System.nanoTime();
    JsonObject saved = send(null, null, text);
    return readAnswer(saved, sent);
  }

  /** Reads on to the end of the answer; each delta must continue exactly where the last one ended. */
  Answer readAnswer(JsonObject saved, long sentNanos) {
    String generation = saved.getString("generationId");
    StringBuilder text = new StringBuilder();
    String node = null;
    long first = 0;
    while (true) {
      JsonObject frame = next();
      assertThat(frame.getString("type")).as("%s", frame).isNotEqualTo("closed");
      if (!generation.equals(frame.getString("generationId"))) {
        continue;
      }
      switch (frame.getString("type")) {
        case "generation.started" -> node = frame.getString("node");
        case "delta" -> {
          assertThat(frame.getInteger("from")).isEqualTo(text.codePointCount(0, text.length()));
          first = first == 0 ? System.nanoTime() - sentNanos : first;
          text.append(frame.getString("text"));
        }
        case "generation.finished" -> {
          assertThat(frame.getInteger("length")).isEqualTo(text.codePointCount(0, text.length()));
          return new Answer(
            saved.getString("conversationId"),
            saved.getString("answerId"),
            generation,
            text.toString(),
            node,
            hub,
            first,
            frame
          );
        }
        case "generation.failed" -> throw new AssertionError("the answer failed: " + frame);
        default -> {}
      }
    }
  }

  JsonObject await(String type) {
    List<JsonObject> passed = new ArrayList<>();
    while (true) {
      JsonObject frame = next();
      String got = frame.getString("type");
      if (type.equals(got)) {
        // What came before it may still matter to whoever reads next; only one thread reads.
        passed.reversed().forEach(frames::addFirst);
        return frame;
      }
      if ("error".equals(got) || "closed".equals(got)) {
        throw new AssertionError("waiting for " + type + ", got " + frame);
      }
      passed.add(frame);
    }
  }

  JsonObject next() {
    try {
      JsonObject frame = frames.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(frame).as("a frame within " + PATIENCE).isNotNull();
      return frame;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      frames.add(new JsonObject(partial.toString()));
      partial.setLength(0);
    }
    webSocket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
    frames.add(new JsonObject().put("type", "closed").put("code", code).put("reason", reason));
    return null;
  }

  @Override
  public void close() {
    socket.abort();
  }
}
