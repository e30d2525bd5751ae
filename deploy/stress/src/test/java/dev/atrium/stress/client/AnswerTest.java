package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.api.HubFrame.Mode;
import dev.atrium.api.HubFrame.Reason;
import dev.atrium.stress.client.Answer.Effect;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The same cases as the web client's reduce.test.ts: both must hold the same text. */
class AnswerTest {

  private static final UUID ID = UUID.randomUUID();

  private final Answer answer = new Answer(ID, 1);

  @Test
  void countsCodePoints() {
    assertThat(answer.take(delta(1, 0, "1 👋"))).isEqualTo(Effect.APPENDED);
    assertThat(answer.take(delta(1, 3, " 好"))).isEqualTo(Effect.APPENDED);
    assertThat(answer.text()).isEqualTo("1 👋 好");
    assertThat(answer.length()).isEqualTo(5);
  }

  @Test
  void doesNotSpliceOverAGapAndTakesNothingUntilItIsResumed() {
    answer.take(delta(1, 0, "one "));
    assertThat(answer.take(delta(1, 8, "three"))).isEqualTo(Effect.GAP);
    assertThat(answer.take(delta(1, 4, "two "))).isEqualTo(Effect.NOTHING);
    assertThat(answer.take(resumed(1, Mode.CONTINUE, 4))).isEqualTo(Effect.NEWS);
    assertThat(answer.take(delta(1, 4, "two three"))).isEqualTo(Effect.APPENDED);
    assertThat(answer.text()).isEqualTo("one two three");
  }

  @Test
  void aRepeatIsAGapToo() {
    answer.take(delta(1, 0, "one "));
    assertThat(answer.take(delta(1, 0, "one "))).isEqualTo(Effect.GAP);
    assertThat(answer.text()).isEqualTo("one ");
  }

  @Test
  void anOlderOwnerIsNotHeard() {
    answer.take(delta(2, 0, "one "));
    assertThat(answer.take(delta(1, 4, "two "))).isEqualTo(Effect.NOTHING);
    assertThat(answer.take(finished(1, 4))).isEqualTo(Effect.NOTHING);
    assertThat(answer.ended()).isFalse();
  }

  @Test
  void aRewindCutsBackByCodePoints() {
    answer.take(delta(1, 0, "1 👋 好"));
    assertThat(answer.take(resumed(2, Mode.REWIND, 3))).isEqualTo(Effect.CUT);
    assertThat(answer.text()).isEqualTo("1 👋");
    assertThat(answer.take(delta(2, 3, "!"))).isEqualTo(Effect.APPENDED);
  }

  @Test
  void anEndOfAnotherLengthIsNoEnd() {
    answer.take(delta(1, 0, "one"));
    assertThat(answer.take(finished(1, 7))).isEqualTo(Effect.GAP);
    answer.take(resumed(1, Mode.CONTINUE, 3));
    answer.take(delta(1, 3, " two"));
    assertThat(answer.take(finished(1, 7))).isEqualTo(Effect.ENDED);
  }

  @Test
  void thereIsOneEnd() {
    HubFrame failed = new HubFrame.Failed(
      ID,
      1,
      ErrorBody.of(ErrorCode.NODE_LOST, Map.of("node", "node-1"), "en")
    );
    assertThat(answer.take(failed)).isEqualTo(Effect.ENDED);
    assertThat(answer.take(finished(1, 0))).isEqualTo(Effect.NOTHING);
    assertThat(answer.end()).contains(failed);
  }

  private static HubFrame delta(int epoch, int from, String text) {
    return new HubFrame.Delta(ID, epoch, 0, from, text);
  }

  private static HubFrame resumed(int epoch, Mode mode, int position) {
    return new HubFrame.Resumed(ID, epoch, mode, position);
  }

  private static HubFrame finished(int epoch, int length) {
    return new HubFrame.Finished(ID, epoch, Reason.DONE, length, new HubFrame.Usage(1, length, 1));
  }
}
