package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TwoHubsTwoNodesTest {

  private static final String QUESTION = "Tell me everything that you know about Atrium.";

  @TempDir
  Path folder;

  @Test
  void everyHubReachesEveryNodeAndStoppingOneOfEachLosesNothing() throws Exception {
    String starter = Atrium.starterModel().toString();
    String wordy = WordyModel.write(folder).toString();
    try (
      Atrium atrium = Atrium.up(
        folder.resolve("data"),
        "--hubs",
        "2",
        "--nodes",
        "2",
        "--model",
        starter,
        "--model",
        wordy
      ).awaitReady()
    ) {
      System.out.printf("two hubs, two nodes: ready in %.1f s%n", atrium.readySeconds());
      try (Person person = Person.welcomed(atrium, "an own password")) {
        List<String> hubs = atrium.hubAddresses();
        for (String hub : hubs) {
          assertThat(nodesThatAnswer(person.at(hub))).containsExactlyInAnyOrder("node-1", "node-2");
        }
        stoppingANodeLosesNothing(atrium, person.at(hubs.getFirst()));
        stoppingAHubLosesNothing(atrium, person.at(hubs.get(0)), person.at(hubs.get(1)));
      }
      assertThat(atrium.interrupt()).as(atrium.output()).isZero();
      assertThat(atrium.processes()).isEmpty();
    }
  }

  /** Questions come in pairs, so that the second finds the first node busy. */
  private static Set<String> nodesThatAnswer(Person person) throws Exception {
    Set<String> nodes = new HashSet<>();
    try (
      var pool = Executors.newFixedThreadPool(2);
      ChatSocket one = person.connect();
      ChatSocket two = person.connect()
    ) {
      for (int round = 0; round < 20 && nodes.size() < 2; round++) {
        List<Future<ChatSocket.Answer>> answers = new ArrayList<>();
        for (ChatSocket socket : List.of(one, two)) {
          Callable<ChatSocket.Answer> ask = () -> socket.ask(QUESTION);
          answers.add(pool.submit(ask));
        }
        for (Future<ChatSocket.Answer> answer : answers) {
          nodes.add(answer.get().node());
        }
      }
    }
    return nodes;
  }

  private static void stoppingANodeLosesNothing(Atrium atrium, Person person) throws Exception {
    try (ChatSocket socket = person.connect()) {
      long sent = System.nanoTime();
      JsonObject saved = socket.send(null, null, "wordy", QUESTION);
      String node = socket.await("generation.started").getString("node");
      int index = Integer.parseInt(node.substring(node.lastIndexOf('-') + 1)) - 1;
      ProcessHandle.of(atrium.pids("nodes").get(index)).orElseThrow().destroy();
      ChatSocket.Answer answer = socket.readAnswer(saved, sent);
      assertThat(answer.text()).isNotBlank();
      assertThat(storedText(person, saved)).isEqualTo(answer.text());
    }
  }

  private static void stoppingAHubLosesNothing(Atrium atrium, Person here, Person there)
    throws Exception {
    JsonObject saved;
    try (ChatSocket socket = here.connect()) {
      saved = socket.send(null, null, "wordy", QUESTION);
      ProcessHandle.of(atrium.pids("hubs").getFirst()).orElseThrow().destroy();
    }
    Atrium.eventually("the answer is stored", Duration.ofSeconds(60), () ->
      "complete".equals(stored(there, saved).getString("status"))
    );
    assertThat(storedText(there, saved)).isNotBlank();
  }

  private static String storedText(Person person, JsonObject saved) {
    return stored(person, saved).getString("text");
  }

  private static JsonObject stored(Person person, JsonObject saved) {
    try {
      JsonObject conversation = person.get(
        "/api/conversations/" + saved.getString("conversationId")
      );
      return Atrium.objects(conversation.getJsonArray("messages"))
        .filter(message -> saved.getString("answerId").equals(message.getString("id")))
        .findFirst()
        .orElseThrow();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
