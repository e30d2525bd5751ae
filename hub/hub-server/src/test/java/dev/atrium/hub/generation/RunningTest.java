package dev.atrium.hub.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.policy.sensitive.Pseudonyms;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RunningTest {

  private static final UUID ID = UUID.randomUUID();

  private final Running running = new Running();

  @Test
  void whatThisHubHasClaimedFromItselfStaysWhenTheFormerOneEnds() {
    Generation former = generation(1);
    Generation present = generation(2);
    running.add(former);
    running.add(present);
    running.remove(former);
    assertThat(running.find(ID)).containsSame(present);
    running.remove(present);
    assertThat(running.isEmpty()).isTrue();
  }

  private static Generation generation(int epoch) {
    Requester ada = new Requester(UUID.randomUUID(), UUID.randomUUID(), "ada", "");
    SavedPrompt saved = new SavedPrompt(
      UUID.randomUUID(),
      "",
      UUID.randomUUID(),
      UUID.randomUUID(),
      ID,
      epoch,
      false,
      false,
      List.of()
    );
    return new Generation(
      new Guard(ID, "hub-1", epoch),
      ada,
      saved,
      "scripted",
      1,
      Pseudonyms.NONE
    );
  }
}
