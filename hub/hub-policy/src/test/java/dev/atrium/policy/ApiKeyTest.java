package dev.atrium.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ApiKeyTest {

  @Test
  void isReadBackAndFoundByItsBeginning() {
    ApiKey key = ApiKey.create();
    assertThat(key.reveal()).hasSize(61).startsWith("atr_").matches("atr_[0-9A-Za-z]{57}");
    ApiKey again = ApiKey.read(key.reveal()).orElseThrow();
    assertThat(again.hash()).isEqualTo(key.hash());
    assertThat(key.prefix()).hasSize(12).isEqualTo(key.reveal().substring(0, 12));
    assertThat(ApiKey.create().reveal()).isNotEqualTo(key.reveal());
  }

  @Test
  void everySingleTypingErrorIsSeenWithoutAskingAnybody() {
    String text = ApiKey.create().reveal();
    for (int i = 0; i < text.length(); i++) {
      char other = text.charAt(i) == 'a' ? 'b' : 'a';
      assertThat(ApiKey.read(text.substring(0, i) + other + text.substring(i + 1)))
        .as("sign %d", i)
        .isEmpty();
    }
    for (int i = 4; i < text.length() - 1; i++) {
      if (text.charAt(i) != text.charAt(i + 1)) {
        String swapped =
          text.substring(0, i) + text.charAt(i + 1) + text.charAt(i) + text.substring(i + 2);
        assertThat(ApiKey.read(swapped)).as("signs %d and the next", i).isEmpty();
      }
    }
    assertThat(ApiKey.read(text + "0")).isEmpty();
    assertThat(ApiKey.read(text.substring(1))).isEmpty();
    assertThat(ApiKey.read("")).isEmpty();
  }

  @Test
  void theChecksumIsTheOneThatScannersAreTold() {
    // CRC-32 of what stands before it, base 62; worked out by another program.
    assertThat(ApiKey.read("atr_" + "0".repeat(51) + "3Eqxuh")).isPresent();
    assertThat(ApiKey.read("atr_" + "0".repeat(51) + "3Eqxui")).isEmpty();
  }

  @Test
  void theMacIsHmacSha256() {
    // RFC 4231, test case 2.
    byte[] mac = ApiKey.mac(
      "Jefe".getBytes(StandardCharsets.US_ASCII),
      "what do ya want for nothing?".getBytes(StandardCharsets.US_ASCII)
    );
    assertThat(HexFormat.of().formatHex(mac)).isEqualTo(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
  }

  @Test
  void printsNoSecret() {
    ApiKey key = ApiKey.create();
    assertThat(key.toString()).isEqualTo(key.prefix() + "…");
  }
}
