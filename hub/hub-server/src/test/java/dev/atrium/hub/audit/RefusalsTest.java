package dev.atrium.hub.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.audit.AuditEvent.Actor;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RefusalsTest {

  private final List<AuditEvent> written = new ArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private boolean down;
  private final Refusals refusals = new Refusals(
    event -> {
      if (down) {
        return Future.failedFuture("no database");
      }
      written.add(event);
      return Future.succeededFuture();
    },
    now::get
  );

  private static AuditEvent refusal(String address) {
    return AuditEvent.refused(Actor.user(new UUID(1, 1), "li.lei"), "generation.begin").from(
      address
    );
  }

  private void pass(long seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    refusals.tick();
  }

  @Test
  void writesTheFirstAtOnceAndTheCountAMinuteLater() {
    for (int i = 0; i < 1_000; i++) {
      refusals.add(refusal("10.0.0.1"));
    }
    assertThat(written).containsExactly(refusal("10.0.0.1"));
    pass(59);
    assertThat(written).hasSize(1);
    pass(1);
    assertThat(written).hasSize(2);
    assertThat(written.getLast().details()).isEqualTo(Map.of("repeated", 999L, "seconds", 60L));
    refusals.add(refusal("10.0.0.1"));
    assertThat(written).hasSize(3);
    pass(60);
    assertThat(written).hasSize(3);
  }

  @Test
  void tellsActorsAddressesAndActionsApart() {
    refusals.add(refusal("10.0.0.1"));
    refusals.add(refusal("10.0.0.2"));
    refusals.add(AuditEvent.refused(Actor.system(), "generation.begin").from("10.0.0.1"));
    assertThat(written).hasSize(3);
  }

  @Test
  void keepsWhatCanNotBeWrittenNow() {
    down = true;
    refusals.add(refusal("10.0.0.1"));
    refusals.add(refusal("10.0.0.1"));
    pass(60);
    refusals.add(refusal("10.0.0.1"));
    assertThat(written).isEmpty();
    down = false;
    pass(60);
    assertThat(written).hasSize(2);
    assertThat(written.getLast().details()).containsEntry("repeated", 2L);
  }

  @Test
  void countsTogetherWhatIsMoreThanItCanTellApart() {
    for (int i = 0; i < Refusals.MOST + 50; i++) {
      refusals.add(refusal("address " + i));
    }
    assertThat(written).hasSize(Refusals.MOST + 1);
    assertThat(written.getLast().address()).isEmpty();
    refusals.close();
    assertThat(written.getLast().details()).containsEntry("repeated", 49L);
  }
}
