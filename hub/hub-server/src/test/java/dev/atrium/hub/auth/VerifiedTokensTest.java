package dev.atrium.hub.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.auth.AccessTokens.Claims;
import dev.atrium.hub.auth.VerifiedTokens.Verified;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VerifiedTokensTest {

  private final VerifiedTokens tokens = new VerifiedTokens();

  @Test
  void findsWhatWasKeptForExactlyThisToken() {
    var verified = new Verified(new Claims(UUID.randomUUID(), UUID.randomUUID()), 7);
    tokens.keep("a.b.c", verified);
    assertThat(tokens.find("a.b.c")).contains(verified);
    assertThat(tokens.find("a.b.d")).isEmpty();
    assertThat(tokens.find("a.B.c")).isEmpty();
  }

  @Test
  void forgetsTheOneThatWasLookedForLongestAgoWhenItIsFull() {
    var verified = new Verified(new Claims(UUID.randomUUID(), UUID.randomUUID()), 7);
    for (var i = 0; i < 10_000; i++) {
      tokens.keep("token " + i, verified);
    }
    tokens.find("token 0");
    tokens.keep("one more", verified);
    assertThat(tokens.find("token 0")).isPresent();
    assertThat(tokens.find("token 1")).isEmpty();
    assertThat(tokens.find("one more")).isPresent();
  }
}
