package dev.atrium.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientFrameTest {

  @ParameterizedTest
  @ValueSource(strings = { "", "hello", "[1]", "12", "null", "{", "{\"type\":\"ping\",}" })
  void refusesWhatIsNotAJsonObject(String text) {
    assertThat(refusal(text).code()).isEqualTo(ErrorCode.BAD_FRAME);
  }

  @Test
  void refusesAnUnknownTypeAndNamesItWithTheFramesId() {
    FrameException e = refusal("{\"type\":\"chat.sing\",\"id\":\"x1\"}");
    assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_TYPE);
    assertThat(e.args()).containsEntry("type", "chat.sing");
    assertThat(e.ref()).contains("x1");
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "{}",
      "{\"type\":7}",
      "{\"type\":\"ping\",\"t\":\"soon\"}",
      "{\"type\":\"ping\",\"t\":1.5}",
      "{\"type\":\"chat.stop\"}",
      "{\"type\":\"chat.stop\",\"generationId\":\"1-1-1-1-1\"}",
      "{\"type\":\"chat.stop\",\"generationId\":[]}",
      "{\"type\":\"resume\",\"generationId\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"epoch\":1,\"position\":-1}",
      "{\"type\":\"resume\",\"generationId\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"epoch\":1,\"position\":99999999999}",
      "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"\\ud83d\"}",
      "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"a\\u0000b\"}",
      "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":{\"a\":1}}",
      "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"a\",\"confirm\":\"phone\"}",
      "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"a\",\"confirm\":[7]}",
    }
  )
  void refusesABadFieldByName(String text) {
    FrameException e = refusal(text);
    assertThat(e.code()).isEqualTo(ErrorCode.BAD_FIELD);
    assertThat(e.args()).containsKeys("field", "reason");
  }

  private static String sent(String files) {
    return "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"a\",\"files\":%s}".formatted(
      files
    );
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "{}",
      "[7]",
      "[{}]",
      "[{\"name\":\"a\"}]",
      "[{\"text\":\"a\"}]",
      "[{\"name\":\"\",\"text\":\"a\"}]",
      "[{\"name\":\"a\",\"text\":\"\"}]",
      "[{\"name\":\"a/b\",\"text\":\"a\"}]",
      "[{\"name\":\"a\\\\b\",\"text\":\"a\"}]",
      "[{\"name\":\"a\\nb\",\"text\":\"a\"}]",
      "[{\"name\":\"a\\u0085b\",\"text\":\"a\"}]",
      "[{\"name\":\"a\",\"text\":\"a\\u0000b\"}]",
      "[{\"name\":\"a\",\"text\":\"\\ud83d\"}]",
      "[{\"id\":\"7\"}]",
      "[{\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"a\"}]",
    }
  )
  void refusesAFileThatIsNoneByTheFieldAndWithoutWhatWasSent(String files) {
    FrameException e = refusal(sent(files));
    assertThat(e.code()).isEqualTo(ErrorCode.BAD_FIELD);
    assertThat(e.args()).containsEntry("field", "files");
  }

  @Test
  void countsFilesAndTheirNamesInCodePoints() {
    String file = "{\"name\":\"%s\",\"text\":\"t\"}";
    String longest = "👋".repeat(PromptFile.LONGEST_NAME);
    String ten = (file.formatted(longest) + ",").repeat(PromptFile.MOST);
    assertThat(ClientFrame.decode(sent("[" + ten.substring(0, ten.length() - 1) + "]"))).satisfies(
      frame -> assertThat(((ClientFrame.Send) frame).files()).hasSize(PromptFile.MOST)
    );
    assertThat(refusal(sent("[" + ten + file.formatted("a") + "]")).args()).containsEntry(
      "field",
      "files"
    );
    assertThat(refusal(sent("[" + file.formatted(longest + "a") + "]")).args()).containsEntry(
      "field",
      "files"
    );
  }

  @Test
  void readsAFileAsTheHubTellsOfItAndTellsNothingOfItInALog() {
    ClientFrame frame = ClientFrame.decode(
      sent(
        "[{\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"name\":\"secret.txt\",\"bytes\":5},{\"name\":\"secret.txt\",\"text\":\"hidden\"}]"
      )
    );
    assertThat(((ClientFrame.Send) frame).files())
      .extracting(f -> f.getClass().getSimpleName())
      .containsExactly("Kept", "New");
    assertThat(frame + " " + ((ClientFrame.Send) frame).files())
      .doesNotContain("secret")
      .doesNotContain("hidden");
  }

  @Test
  void ignoresUnknownFieldsSoThatVersionsCanRoll() {
    assertThat(ClientFrame.decode("{\"type\":\"ping\",\"t\":5,\"mood\":\"good\"}")).isEqualTo(
      new ClientFrame.Ping(5)
    );
  }

  @Test
  void takesMissingOptionalFieldsAsAbsent() {
    ClientFrame frame = ClientFrame.decode(
      "{\"type\":\"chat.send\",\"id\":\"c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6\",\"text\":\"hi 👋\",\"model\":null}"
    );
    assertThat(frame).isInstanceOfSatisfying(ClientFrame.Send.class, send -> {
        assertThat(send.conversationId()).isEmpty();
        assertThat(send.model()).isEqualTo(Optional.empty());
        assertThat(send.text()).isEqualTo("hi 👋");
      });
  }

  private static FrameException refusal(String text) {
    return catchThrowableOfType(FrameException.class, () -> ClientFrame.decode(text));
  }
}
