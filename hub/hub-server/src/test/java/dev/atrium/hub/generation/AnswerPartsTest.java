package dev.atrium.hub.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.HubFrame;
import dev.atrium.api.HubFrame.Part;
import dev.atrium.hub.conversation.MessageStatus;
import dev.atrium.hub.conversation.Passage;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Pseudonyms;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The parts of an answer, with what is held back at their borders. */
class AnswerPartsTest {

  private static final UUID ID = UUID.randomUUID();

  private final Pseudonyms pseudonyms = pseudonyms();
  private final Answer answer = new Answer(ID, 1, pseudonyms);
  private final Reader reader = new Reader();

  /** [PHONE_1], as it is stored. */
  private static Pseudonyms pseudonyms() {
    byte[] value = "13800138000".getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(1);
      out.writeUTF(Kind.PHONE.code());
      out.writeInt(1);
      out.writeInt(1);
      out.writeInt(value.length);
      out.write(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Pseudonyms.decode(bytes.toByteArray());
  }

  private void write(AnswerPart... parts) {
    answer.append("as written", List.of(1), Optional.of(List.of(parts)));
  }

  @Test
  void whatIsHeldBackWhereAPartEndsIsShownWithIt() {
    answer.follow(reader);
    write(new AnswerPart.Thought("call [PHONE_1] or [PHO"));
    assertThat(answer.held()).isEqualTo("[PHO");
    write(new AnswerPart.Answer("NE_1] or [PHONE_1]"));
    assertThat(reader.passages()).containsExactly(
      new Passage(Part.THOUGHT, "call 13800138000 or [PHO"),
      new Passage(Part.ANSWER, "NE_1] or 13800138000")
    );
    assertThat(answer.length()).isEqualTo(reader.length);
  }

  @Test
  void aCallIsTakenAsAWholeAndStandsForItself() {
    answer.follow(reader);
    write(
      new AnswerPart.ToolCall("dial", "{\"n\":\"[PHONE_1]\"}"),
      new AnswerPart.ToolCall("stop", "{}")
    );
    assertThat(reader.passages()).containsExactly(
      new Passage(
        Part.TOOL_CALL,
        "{\"name\":\"dial\",\"arguments\":\"{\\\"n\\\":\\\"13800138000\\\"}\"}"
      ),
      new Passage(Part.TOOL_CALL, "{\"name\":\"stop\",\"arguments\":\"{}\"}")
    );
    assertThat(answer.held()).isEmpty();
  }

  @Test
  void aMarkWhoseTokensAreDroppedIsForgottenAndMayComeAgain() {
    answer.follow(reader);
    write(new AnswerPart.Thought("so "));
    int ids = answer.tokenIds().size();
    Part part = answer.runsFrom(answer.length()).part();
    // The node is lost just behind the mark; the next one writes the mark again.
    write(new AnswerPart.Answer(""));
    assertThat(answer.runsFrom(answer.length()).part()).isEqualTo(Part.ANSWER);
    assertThat(answer.backTo(ids, "", part)).isEqualTo(1);
    write(new AnswerPart.Thought("then"));
    write(new AnswerPart.Answer("Yes"));
    assertThat(reader.passages()).containsExactly(
      new Passage(Part.THOUGHT, "so then"),
      new Passage(Part.ANSWER, "Yes")
    );
  }

  @Test
  void anotherHubGoesOnWithWhatWasStoredWhereverThatWas() {
    List<AnswerPart> all = List.of(
      new AnswerPart.Thought("ask ["),
      new AnswerPart.Thought("PHONE_1]"),
      new AnswerPart.Answer("[PHO"),
      new AnswerPart.Answer("NE_1]."),
      new AnswerPart.ToolCall("dial", "{}"),
      new AnswerPart.Answer("Done")
    );
    Answer whole = new Answer(ID, 1, pseudonyms);
    Reader expected = new Reader();
    whole.follow(expected);
    all.forEach(part -> whole.append("", List.of(1), Optional.of(List.of(part))));
    for (int cut = 0; cut <= all.size(); cut++) {
      Answer before = new Answer(ID, 1, pseudonyms);
      all
        .subList(0, cut)
        .forEach(part -> before.append("", List.of(1), Optional.of(List.of(part))));
      StoredAnswer stored = new StoredAnswer(
        ID,
        Optional.empty(),
        before.textFrom(0),
        before.runsFrom(0),
        before.tokenIds(),
        before.held(),
        MessageStatus.RUNNING,
        1
      );
      Answer after = Answer.adopted(
        new Guard(ID, "hub-b", 2),
        stored,
        pseudonyms,
        Optional.empty()
      );
      after.settle();
      Reader late = new Reader();
      after.resume(late, 2, 0);
      all
        .subList(cut, all.size())
        .forEach(part -> after.append("", List.of(1), Optional.of(List.of(part))));
      assertThat(late.passages()).as("cut at %d", cut).isEqualTo(expected.passages());
    }
  }

  @Test
  void whatWasNotTakenApartIsAnswer() {
    answer.follow(reader);
    answer.append("<think>", List.of(1), Optional.empty());
    assertThat(reader.passages()).containsExactly(new Passage(Part.ANSWER, "<think>"));
  }

  /** Appends what it is sent, each delta only where it fits. */
  private static final class Reader implements Follower {

    private final List<Passage> passages = new ArrayList<>();
    private final UUID id = UUID.randomUUID();
    private int length;

    List<Passage> passages() {
      return passages;
    }

    @Override
    public UUID id() {
      return id;
    }

    @Override
    public String locale() {
      return "en";
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void send(HubFrame frame) {
      if (frame instanceof HubFrame.Delta delta) {
        assertThat(delta.from()).isEqualTo(length);
        Passage last = passages.isEmpty() ? null : passages.getLast();
        Passage next = new Passage(delta.part(), delta.text());
        length += next.codePoints();
        if (last != null && last.part() == delta.part() && delta.part() != Part.TOOL_CALL) {
          passages.set(passages.size() - 1, new Passage(last.part(), last.text() + next.text()));
        } else {
          passages.add(next);
        }
      }
    }
  }
}
