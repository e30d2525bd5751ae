package dev.atrium.hub.share;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.FileView;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.ConversationDetail.Message;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.MessageStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** One path through a conversation as it is at a moment: what a share keeps. */
record Snapshot(String title, List<SharedMessage> messages) {
  static final int MOST_MESSAGES = 1_000;
  static final int MOST_BYTES = 2 * 1024 * 1024;

  private static final Set<MessageStatus> STILL_WRITTEN = Set.of(
    MessageStatus.PENDING,
    MessageStatus.RUNNING
  );

  Snapshot {
    messages = List.copyOf(messages);
  }

  /**
   * The messages from the first one down to this. An answer that is still being written is left out, and
   * so is one that failed without a word.
   *
   * @throws AtriumException {@code not_found} if there is no such message in the conversation, {@code
   *     share_too_long} if they or their files are too many
   */
  static List<Message> path(ConversationDetail conversation, UUID last) {
    Map<UUID, Message> byId = new HashMap<>();
    conversation.messages().forEach(m -> byId.put(m.id(), m));
    if (!byId.containsKey(last)) {
      throw new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "message"));
    }
    List<Message> path = new ArrayList<>();
    long bytes = 0;
    Message m = byId.get(last);
    while (m != null) {
      boolean says = !m.text().isBlank() || !m.files().isEmpty();
      if (!STILL_WRITTEN.contains(m.status()) && says) {
        path.add(m);
        bytes += m.files().stream().mapToLong(FileView::bytes).sum();
      }
      m = m.parentId().map(byId::get).orElse(null);
    }
    if (path.size() > MOST_MESSAGES || bytes > MOST_BYTES) {
      throw tooLong();
    }
    return path.reversed();
  }

  /**
   * These messages with what their files hold.
   *
   * @param files by id
   */
  static Snapshot of(String title, List<Message> path, Map<UUID, FileText> files) {
    return new Snapshot(
      title,
      path
        .stream()
        .map(m -> SharedMessage.of(m, files))
        .toList()
    );
  }

  /** The bytes that are encrypted; {@code share_too_long} if they are too many. */
  byte[] bytes() {
    JsonArray all = new JsonArray();
    messages.forEach(m -> all.add(m.toJson()));
    byte[] bytes = new JsonObject().put("messages", all).encode().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_BYTES) {
      throw tooLong();
    }
    return bytes;
  }

  static List<SharedMessage> messages(byte[] bytes) {
    return new JsonObject(new String(bytes, StandardCharsets.UTF_8))
      .getJsonArray("messages")
      .stream()
      .map(m -> SharedMessage.fromJson((JsonObject) m))
      .toList();
  }

  private static AtriumException tooLong() {
    return new AtriumException(
      ErrorCode.SHARE_TOO_LONG,
      Map.of("messages", MOST_MESSAGES, "bytes", MOST_BYTES)
    );
  }

  /** Without title and texts. */
  @Override
  public String toString() {
    return "Snapshot[" + messages.size() + " messages]";
  }
}
