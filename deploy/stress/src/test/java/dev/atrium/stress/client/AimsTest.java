package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AimsTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long STRUCK = 100 * SECOND;

  private final Aims aims = new Aims();
  /** Answered with {@code 1 好 2 3 👋 4}: eleven code points. */
  private final Exchange exchange = exchange();

  @Test
  void isTheAnswerThatReachesTheShareFirst() {
    Future<Point> point = aims.at(0.6);
    Exchange other = exchange();
    grow(other, "1 好 2");
    assertThat(point.isComplete()).isFalse();
    grow(exchange, "1 好 2 3");
    assertThat(point.result().exchange()).isSameAs(exchange);
    assertThat(point.result().position()).isEqualTo(7);
    assertThat(point.result().length()).isEqualTo(11);
    assertThat(point.result().hub()).isEqualTo("hub-1");
  }

  @Test
  void anAnswerThatIsPastItAlreadyIsNotTheOne() {
    grow(exchange, "1 好 2 3");
    Future<Point> point = aims.at(0.5);
    grow(exchange, " 👋");
    assertThat(point.isComplete()).isFalse();
  }

  @Test
  void theBeginningIsWhenThePromptIsAcknowledged() {
    Future<Point> point = aims.at(0.01);
    aims.grew(exchange, 0, "hub-1");
    assertThat(point.result().position()).isZero();
  }

  @Test
  void textMovesAgainWithWhatComesAfterThePause() {
    Point point = struck();
    point.moved(STRUCK - SECOND / 10, STRUCK + SECOND / 100, false);
    assertThat(point.againMillis()).isEqualTo(-1);
    point.moved(STRUCK + SECOND / 100, STRUCK + 3 * SECOND, false);
    point.moved(STRUCK + 3 * SECOND, STRUCK + 9 * SECOND, false);
    assertThat(point.againMillis()).isEqualTo(3_000);
  }

  @Test
  void anAnswerThatEndsWithoutAPauseNeverStoodStill() {
    Point point = struck();
    point.moved(STRUCK - SECOND / 10, STRUCK + SECOND / 100, true);
    assertThat(point.againMillis()).isZero();
  }

  @Test
  void aPauseLongAfterTextThatWentOnIsAnotherBlows() {
    Point point = struck();
    for (int i = 1; i < 10; i++) {
      point.moved(STRUCK + ((i - 1) * SECOND) / 10, STRUCK + (i * SECOND) / 10, false);
    }
    point.moved(STRUCK + SECOND, STRUCK + 9 * SECOND, false);
    assertThat(point.againMillis()).isZero();
  }

  @Test
  void anEndThatComesLateIsWaitedFor() {
    Point point = struck();
    point.moved(STRUCK - SECOND / 10, STRUCK + 4 * SECOND, true);
    assertThat(point.againMillis()).isEqualTo(4_000);
  }

  private Point struck() {
    Point point = new Point(exchange, 3, 11, "hub-1", Optional.of("node-1"));
    point.struck(STRUCK);
    return point;
  }

  private void grow(Exchange grown, String more) {
    int before = grown.answer.length();
    grown.answer.take(new HubFrame.Delta(grown.answer.generationId(), 1, 0, before, more));
    aims.grew(grown, before, "hub-1");
  }

  private static Exchange exchange() {
    Exchange made = new Exchange(
      new Person(UUID.randomUUID(), "ada", ""),
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "write 4 words from 1"
      ),
      true
    );
    made.answer = new Answer(UUID.randomUUID(), 1);
    return made;
  }
}
