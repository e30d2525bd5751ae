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
