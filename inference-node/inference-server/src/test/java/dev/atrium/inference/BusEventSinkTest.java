package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.inference.api.EventBatch;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.Delta;
import dev.atrium.inference.api.InferenceAddresses;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BusEventSinkTest {

  private static final int EVENTS = 200;

  private final List<List<GenerationEvent>> ada = new ArrayList<>();
  private final List<List<GenerationEvent>> bob = new ArrayList<>();
  private final CountDownLatch left = new CountDownLatch(2 * EVENTS);
  private Vertx vertx;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    hear("ada", ada);
    hear("bob", bob);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private void hear(String hub, List<List<GenerationEvent>> heard) {
    vertx
      .eventBus()
      .<JsonObject>consumer(InferenceAddresses.hubEvents(hub), message -> {
        List<GenerationEvent> events = EventBatch.read(message.body(), e -> {
          throw e;
        });
        heard.add(events);
        events.forEach(_ -> left.countDown());
      });
  }

  @Test
  void whatGathersForAnOwnerTravelsTogetherAndInItsOrder() throws Exception {
    vertx.runOnContext(_ -> {
      BusEventSink sink = new BusEventSink(vertx);
      for (int seq = 1; seq <= EVENTS; seq++) {
        sink.send("ada", new Delta("g-1", 1, seq, "a", List.of(1)));
        sink.send("bob", new Delta("g-2", 1, seq, "b", List.of(2)));
      }
    });
    assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
    for (List<List<GenerationEvent>> heard : List.of(ada, bob)) {
      assertThat(heard).hasSize((EVENTS + EventBatch.MOST - 1) / EventBatch.MOST);
      assertThat(heard.stream().flatMap(List::stream).map(GenerationEvent::seq)).isSorted();
    }
    assertThat(ada.getFirst().getFirst().generationId()).isEqualTo("g-1");
  }
}
