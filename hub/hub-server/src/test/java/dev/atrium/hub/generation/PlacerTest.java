package dev.atrium.hub.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.HubData;
import dev.atrium.inference.api.PromptMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which part of a long history is left out. */
class PlacerTest {

  private static PromptMessage user(int chars) {
    return new PromptMessage("user", "u".repeat(chars));
  }

  private static PromptMessage assistant(int chars) {
    return new PromptMessage("assistant", "a".repeat(chars));
  }

  /** As many turns of 100 characters each way, and a prompt. */
  private static List<PromptMessage> history(int turns) {
    List<PromptMessage> all = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      all.add(user(100));
      all.add(assistant(100));
    }
    all.add(user(100));
    return all;
  }

  @Test
  void dropsOneTurnWhereAlmostEverythingFits() {
    List<PromptMessage> all = history(5);
    assertThat(Placer.withoutOldest(all, 1_001, 1_257)).isEqualTo(all.subList(2, 11));
  }

  @Test
  void dropsByTheShareOfWhatIsTooMuch() {
    List<PromptMessage> all = history(50);
    // Half of it has to go: 5,050 of 10,100 characters, so 26 whole turns of 200.
    List<PromptMessage> kept = Placer.withoutOldest(all, 8_000, 4_256);
    assertThat(kept).isEqualTo(all.subList(52, 101));
  }

  @Test
  void keepsThePromptEvenIfItAloneIsTooLong() {
    List<PromptMessage> all = history(3);
    assertThat(Placer.withoutOldest(all, 1_000_000, 512)).containsExactly(all.getLast());
    List<PromptMessage> two = List.of(assistant(5), user(5));
    assertThat(Placer.withoutOldest(two, 1_000_000, 512)).containsExactly(two.getLast());
  }

  @Test
  void dropsATurnEvenIfNothingWasCounted() {
    List<PromptMessage> all = history(2);
    assertThat(Placer.withoutOldest(all, 0, 0)).isEqualTo(all.subList(2, 5));
  }

  @Test
  void emptyMessagesDoNotStopIt() {
    List<PromptMessage> all = List.of(user(0), assistant(0), user(0));
    assertThat(Placer.withoutOldest(all, 10_000, 512)).containsExactly(all.getLast());
  }

  @Test
  void whateverIsLeftIsShorterBeginsWithAUserAndEndsWithThePrompt() {
    Random random = new Random(7);
    for (int i = 0; i < HubData.count(2_000, 100_000); i++) {
      List<PromptMessage> all = new ArrayList<>();
      int turns = 1 + random.nextInt(20);
      for (int turn = 0; turn < turns; turn++) {
        all.add(user(random.nextInt(50)));
        all.add(assistant(random.nextInt(50)));
      }
      all.add(user(random.nextInt(50)));
      List<PromptMessage> kept = Placer.withoutOldest(
        all,
        random.nextInt(5_000),
        1 + random.nextInt(5_000)
      );
      assertThat(kept.size()).isBetween(1, all.size() - 2);
      assertThat(kept.getFirst().role()).isEqualTo("user");
      assertThat(kept).isEqualTo(all.subList(all.size() - kept.size(), all.size()));
    }
  }
}
