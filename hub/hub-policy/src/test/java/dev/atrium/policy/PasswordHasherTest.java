package dev.atrium.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHasherTest {

  private final PasswordHasher hasher = new PasswordHasher(new PasswordHasher.Cost(256, 1));

  @Test
  void knowsItsPasswordAndNoOther() {
    var stored = Optional.of(hasher.hash("correct horse"));
    assertThat(hasher.verify("correct horse", stored)).isTrue();
    assertThat(hasher.verify("correct horsf", stored)).isFalse();
    assertThat(hasher.verify("", stored)).isFalse();
  }

  @Test
  void saltsEveryHash() {
    assertThat(hasher.hash("same")).isNotEqualTo(hasher.hash("same"));
  }

  @Test
  void verifiesAHashOfOtherParametersByThoseInTheHash() {
    var older = new PasswordHasher(new PasswordHasher.Cost(64, 2)).hash("secret");
    assertThat(hasher.verify("secret", Optional.of(older))).isTrue();
  }

  /** Made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536. */
  @Test
  void agreesWithTheReferenceImplementation() {
    var known =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assertThat(hasher.verify("password", Optional.of(known))).isTrue();
    assertThat(hasher.verify("differentpassword", Optional.of(known))).isFalse();
  }

  @Test
  void takesACombinedCharacterHoweverItWasTyped() {
    var stored = Optional.of(hasher.hash("Caf\u00e9"));
    assertThat(hasher.verify("Cafe\u0301", stored)).isTrue();
  }

  @Test
  void neverAcceptsForSomebodyWhoIsNotThere() {
    assertThat(hasher.verify("anything", Optional.empty())).isFalse();
  }

  @Test
  void spendsAsMuchOnSomebodyWhoIsNotThere() {
    var costly = new PasswordHasher(new PasswordHasher.Cost(16 * 1024, 2));
    var stored = Optional.of(costly.hash("secret"));
    var known = Long.MAX_VALUE;
    var unknown = Long.MAX_VALUE;
    // By turns: the code gets faster while it runs, and whoever came second would seem cheaper.
    for (var i = 0; i < 8; i++) {
      known = Math.min(known, nanos(costly, stored));
      unknown = Math.min(unknown, nanos(costly, Optional.empty()));
    }
    assertThat((double) unknown / known).isBetween(0.5, 2.0);
  }

  private static long nanos(PasswordHasher hasher, Optional<String> stored) {
    var start = System.nanoTime();
    hasher.verify("wrong", stored);
    return System.nanoTime() - start;
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "",
      "plain",
      "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
      "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    }
  )
  void refusesWhatIsNotAHashOfOurs(String stored) {
    assertThatThrownBy(() -> hasher.verify("x", Optional.of(stored))).isInstanceOf(
      IllegalArgumentException.class
    );
  }
}
