package dev.atrium.hub.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.FileView;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.ConversationDetail.Message;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.MessageStatus;
import dev.atrium.hub.conversation.Passage;
import dev.atrium.hub.conversation.Runs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SnapshotTest {

  private final List<Message> messages = new ArrayList<>();
  private final Map<UUID, FileText> texts = new HashMap<>();

  private UUID add(UUID parent, String role, MessageStatus status, String text, FileView... files) {
    UUID id = UUID.randomUUID();
    Runs runs = new Runs();
    runs.extend(text.codePointCount(0, text.length()));
    messages.add(
      new Message(
        id,
        Optional.ofNullable(parent),
        0,
        role,
        Passage.of(text, runs),
        List.of(files),
        Instant.EPOCH,
        status,
        role.equals("user") ? Optional.empty() : Optional.of("starter"),
        Optional.empty(),
        false,
        Optional.empty()
      )
    );
    return id;
  }

  private Snapshot of(UUID last) {
    ConversationDetail detail = new ConversationDetail(UUID.randomUUID(), "Tides", messages);
    return Snapshot.of(detail.title(), Snapshot.path(detail, last), texts);
  }

  private static List<String> texts(Snapshot snapshot) {
    return snapshot.messages().stream().map(SharedMessage::text).toList();
  }

  private static void assertCode(ErrorCode code, Runnable work) {
    assertThatThrownBy(work::run).isInstanceOfSatisfying(AtriumException.class, e ->
      assertThat(e.code()).isEqualTo(code)
    );
  }

  @Test
  void holdsTheOnePathThatIsShownAndNothingBesideOrBelow() {
    UUID asked = add(null, "user", MessageStatus.COMPLETE, "asked");
    add(asked, "assistant", MessageStatus.COMPLETE, "another version");
    UUID answered = add(asked, "assistant", MessageStatus.STOPPED, "answered 你好");
    add(answered, "user", MessageStatus.COMPLETE, "asked later");
    Snapshot snapshot = of(answered);
    assertThat(snapshot.title()).isEqualTo("Tides");
    assertThat(texts(snapshot)).containsExactly("asked", "answered 你好");
    assertThat(Snapshot.messages(snapshot.bytes())).isEqualTo(snapshot.messages());
  }

  @Test
  void leavesOutWhatIsStillWrittenOrSaysNothing() {
    UUID asked = add(null, "user", MessageStatus.COMPLETE, "asked");
    UUID failed = add(asked, "assistant", MessageStatus.FAILED, "");
    UUID again = add(failed, "user", MessageStatus.COMPLETE, "asked again");
    UUID running = add(again, "assistant", MessageStatus.RUNNING, "the begin");
    assertThat(texts(of(running))).containsExactly("asked", "asked again");
  }

  private FileView file(String text) {
    FileView file = new FileView(UUID.randomUUID(), "a.txt", text.length());
    texts.put(file.id(), new FileText(file.name(), text));
    return file;
  }

  @Test
  void holdsTheFilesOfItsMessagesAndCountsThemIntoItsBound() {
    UUID asked = add(null, "user", MessageStatus.COMPLETE, "", file("held 1"), file("held 2"));
    Snapshot snapshot = of(asked);
    assertThat(snapshot.messages().getFirst().files())
      .extracting(SharedFile::text)
      .containsExactly("held 1", "held 2");
    assertThat(Snapshot.messages(snapshot.bytes())).isEqualTo(snapshot.messages());
    assertThat(snapshot.messages().toString()).doesNotContain("held").doesNotContain("a.txt");
    String half = "x".repeat(Snapshot.MOST_BYTES / 2);
    UUID large = add(asked, "user", MessageStatus.COMPLETE, "and", file(half), file(half));
    assertCode(ErrorCode.SHARE_TOO_LONG, () -> of(large));
    UUID escaped = add(
      null,
      "user",
      MessageStatus.COMPLETE,
      "",
      file("\n".repeat(half.length() + 1))
    );
    assertCode(ErrorCode.SHARE_TOO_LONG, () -> of(escaped).bytes());
  }

  @Test
  void isOfNoMessageThatIsNotInTheConversation() {
    add(null, "user", MessageStatus.COMPLETE, "asked");
    assertCode(ErrorCode.NOT_FOUND, () -> of(UUID.randomUUID()));
  }

  @Test
  void hasABoundOfMessagesAndOneOfBytes() {
    UUID last = null;
    for (int i = 0; i < Snapshot.MOST_MESSAGES; i++) {
      last = add(last, "user", MessageStatus.COMPLETE, "word");
    }
    assertThat(of(last).messages()).hasSize(Snapshot.MOST_MESSAGES);
    UUID over = add(last, "user", MessageStatus.COMPLETE, "word");
    assertCode(ErrorCode.SHARE_TOO_LONG, () -> of(over));
    messages.clear();
    UUID large = add(null, "user", MessageStatus.COMPLETE, "x".repeat(Snapshot.MOST_BYTES - 500));
    assertThat(of(large).bytes().length).isLessThanOrEqualTo(Snapshot.MOST_BYTES);
    UUID larger = add(large, "assistant", MessageStatus.COMPLETE, "y".repeat(500));
    assertCode(ErrorCode.SHARE_TOO_LONG, () -> of(larger).bytes());
  }
}
