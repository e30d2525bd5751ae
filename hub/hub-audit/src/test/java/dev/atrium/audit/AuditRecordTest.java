package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AuditRecordTest {

  private static AuditRecord record(Map<String, Object> details) {
    return new AuditRecord(
      7,
      Instant.parse("2026-11-23T20:30:00.5Z"),
      Optional.of(UUID.fromString("0198f2a0-0000-7000-8000-000000000001")),
      "session.sign_in",
      Optional.empty(),
      Optional.empty(),
      "ok",
      Optional.of("李雷"),
      details,
      Map.of("address", "00ff")
    );
  }

  private static String text(AuditRecord record) {
    return new String(record.canonical(), StandardCharsets.UTF_8);
  }

  @Test
  void hasOneCanonicalForm() {
    assertThat(text(record(Map.of("tokens", 12, "streamed", true)))).isEqualTo(
      "{\"action\":\"session.sign_in\",\"actorId\":\"0198f2a0-0000-7000-8000-000000000001\"," +
      "\"at\":\"2026-11-23T20:30:00.500000Z\",\"commitments\":{\"address\":\"00ff\"}," +
      "\"correlationId\":\"李雷\",\"details\":{\"streamed\":true,\"tokens\":12}," +
      "\"format\":2,\"id\":7,\"result\":\"ok\"}"
    );
  }

  @Test
  void doesNotDependOnTheOrderOfDetailsOrTheWidthOfNumbers() {
    var one = new LinkedHashMap<String, Object>();
    one.put("a", 1);
    one.put("b", List.of(Map.of("y", 1, "x", 2)));
    var other = new LinkedHashMap<String, Object>();
    other.put("b", List.of(Map.of("x", 2L, "y", 1L)));
    other.put("a", 1L);
    assertThat(record(one).leafHash()).isEqualTo(record(other).leafHash());
  }

  @Test
  void changesItsHashWithAnyChange() {
    var original = record(Map.of("reason", "x"));
    assertThat(record(Map.of("reason", "y")).leafHash()).isNotEqualTo(original.leafHash());
    assertThat(record(Map.of()).leafHash()).isNotEqualTo(original.leafHash());
  }

  @Test
  void escapesAsTheStandardSays() {
    assertThat(text(record(Map.of("t", "\"\\\n\u0001/€")))).contains(
      "\"t\":\"\\\"\\\\\\n\\u0001/€\""
    );
  }

  @Test
  void refusesWhatHasNoSingleForm() {
    assertThatThrownBy(() -> record(Map.of("n", 0.5)).canonical()).isInstanceOf(
      IllegalArgumentException.class
    );
    assertThatThrownBy(() -> record(Map.of("n", 1L << 53)).canonical()).isInstanceOf(
      IllegalArgumentException.class
    );
    assertThatThrownBy(() -> record(Map.of("t", "\ud800")).canonical()).isInstanceOf(
      IllegalArgumentException.class
    );
  }

  /** RFC 6962's and RFC 9162's well-known hash of the empty leaf. */
  @Test
  void hashesALeafWithItsPrefix() {
    assertThat(HexFormat.of().formatHex(TreeHash.leaf(new byte[0]))).isEqualTo(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
  }
}
