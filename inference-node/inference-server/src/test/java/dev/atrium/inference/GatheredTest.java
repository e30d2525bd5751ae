package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.reply.ReplyPart;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.inference.api.GenerationEvent.Delta;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatheredTest {

  private static final AttemptKey KEY = new AttemptKey("g", 1);

  @Test
  void whatIsAllAnswerIsNotSaidTwice() {
    Gathered gathered = new Gathered(0, true, 0);
    gathered.add(text("Hel", new ReplyPart.Answer("Hel")));
    gathered.add(text("lo", new ReplyPart.Answer("lo")));
    Delta delta = take(gathered);
    assertThat(delta.text()).isEqualTo("Hello");
    assertThat(delta.parts()).isEmpty();
  }

  @Test
  void aMarkSaysThatItsTextIsNothingToBeShown() {
    Gathered gathered = new Gathered(0, true, 0);
    gathered.add(text("</think>"));
    assertThat(take(gathered).parts()).contains(List.of());
    gathered.add(text("hm", new ReplyPart.Thought("hm")));
    gathered.add(text("</think>Yes", new ReplyPart.Answer("Yes")));
    assertThat(take(gathered).parts()).contains(
      List.of(new AnswerPart.Thought("hm"), new AnswerPart.Answer("Yes"))
    );
  }

  @Test
  void whatNobodyWantsTakenApartIsNot() {
    Gathered gathered = new Gathered(2, false, 0);
    gathered.add(text("</think>"));
    assertThat(take(gathered).parts()).isEmpty();
    assertThat(gathered.isEmpty()).isTrue();
  }

  private static Delta take(Gathered gathered) {
    return (Delta) gathered.take(KEY, 1).at(1);
  }

  private static EngineEvent.Text text(String text, ReplyPart... parts) {
    return new EngineEvent.Text("g/1#0", text, new int[] { 7 }, List.of(), List.of(parts));
  }
}
