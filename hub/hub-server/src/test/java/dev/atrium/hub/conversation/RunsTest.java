package dev.atrium.hub.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.HubFrame.Part;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunsTest {

  @Test
  void saysWhatComesNextBeforeThereIsAnyOfIt() {
    Runs runs = new Runs();
    runs.begin(Part.THOUGHT);
    runs.extend(5);
    runs.begin(Part.ANSWER);
    assertThat(runs).hasToString("reasoning 5,text 0");
    assertThat(Runs.read(runs.stored()).part()).isEqualTo(Part.ANSWER);
    runs.begin(Part.THOUGHT);
    runs.extend(2);
    assertThat(runs).hasToString("reasoning 7");
  }

  @Test
  void eachCallOfAToolStandsForItself() {
    Runs runs = Runs.answer(3);
    for (int length : new int[] { 10, 20 }) {
      runs.begin(Part.TOOL_CALL);
      runs.extend(length);
    }
    assertThat(runs).hasToString("text 3,tool_call 10,tool_call 20");
    assertThat(Passage.of("abc" + "x".repeat(30), runs))
      .extracting(Passage::codePoints)
      .containsExactly(3, 10, 20);
  }

  @Test
  void positionsAreCodePoints() {
    Runs runs = new Runs();
    runs.begin(Part.THOUGHT);
    runs.extend(2);
    runs.begin(Part.ANSWER);
    runs.extend(2);
    assertThat(Passage.of("👋你好.", runs)).containsExactly(
      new Passage(Part.THOUGHT, "👋你"),
      new Passage(Part.ANSWER, "好.")
    );
  }

  @Test
  void piecesOneAfterAnotherAreTheWholeWhereverTheyWereCut() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      Runs whole = new Runs();
      Runs again = new Runs();
      int length = 0;
      int cut = 0;
      for (int i = random.nextInt(12); i >= 0; i--) {
        whole.begin(Part.values()[random.nextInt(3)]);
        int more = random.nextInt(5);
        whole.extend(more);
        length += more;
        if (random.nextBoolean()) {
          again.addAll(Runs.read(whole.from(cut).stored()));
          cut = length;
        }
      }
      again.addAll(whole.from(cut));
      assertThat(again.part()).isEqualTo(whole.part());
      String text = "x".repeat(length);
      assertThat(Passage.of(text, again)).isEqualTo(Passage.of(text, whole));
    }
  }
}
