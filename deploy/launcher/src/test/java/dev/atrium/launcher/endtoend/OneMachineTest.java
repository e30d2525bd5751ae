package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneMachineTest {

  private static final String OWN_PASSWORD = "correct horse battery";

  @TempDir
  Path folder;

  @Test
  void chatsKeepsWhatWasSaidAndLeavesNothingRunning() throws Exception {
    ChatSocket.Answer answer;
    String administrator;
    try (Atrium atrium = Atrium.up(folder).awaitReady()) {
      System.out.printf("first start: chat ready in %.1f s%n", atrium.readySeconds());
      administrator = atrium.administrator();
      runFileTellsWhatRuns(atrium);
      answer = chat(atrium);
      Atrium.eventually(
        "later starts are prepared",
        Duration.ofMinutes(4),
        () -> startupArchives() == 2
      );
      assertThat(atrium.interrupt()).as(atrium.output()).isZero();
      nothingIsLeft(atrium);
    }
    try (Atrium atrium = Atrium.up(folder).awaitReady()) {
      System.out.printf("later start: chat ready in %.1f s%n", atrium.readySeconds());
      assertThat(atrium.output()).doesNotContain("One-time password");
      assertThat(atrium.processes())
        .filteredOn(p -> p.contains("SharedArchiveFile"))
        .hasSize(2);
      try (Person person = new Person(atrium.address())) {
        person.signIn(administrator, OWN_PASSWORD);
        assertStored(person, answer);
      }
      atrium.process().destroy();
      assertThat(atrium.awaitEnd()).isZero();
      nothingIsLeft(atrium);
    }
  }

  @Test
  void inTheBackgroundItOutlivesTheCommandAndIsStoppedByAnother() throws Exception {
    Atrium.assumeBuilt();
    String data = folder.toString();
    String port = Integer.toString(Atrium.freePort());
    try {
      assertThat(run("up", "--detach", "--data", data, "--port", port)).isZero();
      assertThat(run("status", "--data", data)).isZero();
      assertThat(run("down", "--data", data)).isZero();
      assertThat(run("status", "--data", data)).isEqualTo(1);
      assertThat(Atrium.processes(folder)).isEmpty();
      assertThat(folder.resolve("run.json")).doesNotExist();
    } finally {
      run("down", "--data", data);
    }
  }

  /** Of hub and node: what makes their starts short. */
  private static long startupArchives() {
    return Stream.of("hub/hub-server", "inference-node/inference-server")
      .flatMap(module -> files(Atrium.root().resolve(module).resolve("target")))
      .filter(file -> file.getFileName().toString().matches("startup-[0-9a-f]+\\.jsa"))
      .count();
  }

  private static Stream<Path> files(Path folder) {
    File[] files = folder.toFile().listFiles();
    return files == null ? Stream.empty() : Stream.of(files).map(File::toPath);
  }

  private ChatSocket.Answer chat(Atrium atrium) throws Exception {
    try (
      Person person = Person.welcomed(atrium, OWN_PASSWORD);
      ChatSocket socket = person.connect()
    ) {
      ChatSocket.Answer answer = socket.ask("Hello! What are you?");
      assertThat(answer.text()).isNotBlank();
      assertStored(person, answer);
      firstTextComesAtOnce(socket);
      return answer;
    }
  }

  private static void firstTextComesAtOnce(ChatSocket socket) {
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      millis.add(Duration.ofNanos(socket.ask("What is Atrium? " + i).firstTextNanos()).toMillis());
    }
    System.out.println("time to first text, ms: " + millis);
    // The promise is for an idle machine; the best of several is what an idle one would show.
    assertThat(millis).anyMatch(ms -> ms < 300);
  }

  private static void assertStored(Person person, ChatSocket.Answer answer) throws Exception {
    // The end reaches the reader when it is stored, so there is nothing to wait for.
    JsonObject conversation = person.get("/api/conversations/" + answer.conversationId());
    JsonObject stored = Atrium.objects(conversation.getJsonArray("messages"))
      .filter(message -> answer.answerId().equals(message.getString("id")))
      .findFirst()
      .orElseThrow();
    assertThat(stored.getString("status")).isEqualTo("complete");
    assertThat(stored.getString("text")).isEqualTo(answer.text());
  }

  private void runFileTellsWhatRuns(Atrium atrium) throws Exception {
    JsonObject run = atrium.run();
    assertThat(run.getString("address")).isEqualTo(atrium.address());
    assertThat(run.encode()).doesNotContain(
      Files.readString(folder.resolve("keys/postgres.password")).trim(),
      atrium.oneTimePassword()
    );
    List<Long> pids = new ArrayList<>();
    pids.addAll(atrium.pids("hubs"));
    pids.addAll(atrium.pids("nodes"));
    pids.add(run.getJsonObject("database").getLong("pid"));
    pids.add(run.getJsonObject("launcher").getLong("pid"));
    assertThat(pids)
      .hasSize(4)
      .allMatch(pid -> ProcessHandle.of(pid).isPresent());
  }

  private void nothingIsLeft(Atrium atrium) {
    assertThat(atrium.processes()).isEmpty();
    assertThat(folder.resolve("run.json")).doesNotExist();
    assertThat(folder.resolve("postgres/postmaster.pid")).doesNotExist();
  }

  private static int run(String... arguments) throws Exception {
    Process process = new ProcessBuilder(Atrium.command(arguments))
      .redirectErrorStream(true)
      .start();
    process.inputReader().lines().forEach(System.out::println);
    return process.waitFor();
  }
}
