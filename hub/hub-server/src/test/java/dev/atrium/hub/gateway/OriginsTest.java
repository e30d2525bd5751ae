package dev.atrium.hub.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginsTest {

  private final Origins plain = new Origins("http", Set.of("https://chat.example"));
  private final Origins tls = new Origins("https", Set.of());

  @ParameterizedTest
  @CsvSource(
    {
      "http://127.0.0.1:8080, 127.0.0.1:8080",
      "http://LOCALHOST:8080, localhost:8080",
      "http://hub.example, hub.example",
      "http://localhost:8080, 127.0.0.1:8080",
      "http://[::1]:8080, localhost:8080",
      "https://chat.example, 10.0.0.1:8080",
    }
  )
  void letsInItsOwnPagesAndTheNamedOnes(String origin, String host) {
    assertThat(plain.allows(origin, host)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
    {
      "http://evil.example, 127.0.0.1:8080",
      "http://127.0.0.1:8081, 127.0.0.1:8080",
      "https://127.0.0.1:8080, 127.0.0.1:8080",
      "http://localhost:8080.evil.example, localhost:8080",
      "http://localhost@evil.example:8080, localhost:8080",
      "http://chat.example, 10.0.0.1:8080",
      "https://chat.example.evil, 10.0.0.1:8080",
      "https://chat.example:444, 10.0.0.1:8080",
      "null, 127.0.0.1:8080",
      "'', 127.0.0.1:8080",
      "'http://[', 127.0.0.1:8080",
      "http://localhost:8080, localhost.evil.example:8080",
    }
  )
  void keepsOutEveryOther(String origin, String host) {
    assertThat(plain.allows(origin, host)).isFalse();
  }

  @Test
  void behindTlsAPageWithoutItIsForeign() {
    assertThat(tls.allows("https://hub.example", "hub.example")).isTrue();
    assertThat(tls.allows("http://hub.example", "hub.example")).isFalse();
    assertThat(tls.allows("http://localhost:8443", "127.0.0.1:8443")).isFalse();
  }

  @Test
  void whoDoesNotSayWhereFromOrWhereToIsKeptOut() {
    assertThat(plain.allows(null, "127.0.0.1:8080")).isFalse();
    assertThat(plain.allows("http://127.0.0.1:8080", null)).isFalse();
  }

  @Test
  void theRefusalNamesTheOriginButNotEndlessly() {
    assertThatThrownBy(() ->
      plain.check("http://" + "x".repeat(5_000), "h")
    ).isInstanceOfSatisfying(AtriumException.class, e -> {
        assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN_ORIGIN);
        assertThat((String) e.args().get("origin")).hasSize(200);
      });
    assertThatThrownBy(() -> plain.check(null, "h")).isInstanceOfSatisfying(
      AtriumException.class,
      e -> assertThat(e.args()).containsEntry("origin", "(none)")
    );
  }
}
