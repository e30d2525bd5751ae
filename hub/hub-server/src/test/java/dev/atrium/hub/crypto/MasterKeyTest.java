package dev.atrium.hub.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.keys.MasterKeyset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterKeyTest {

  private static final byte[] SECRET = "secret".getBytes(StandardCharsets.UTF_8);
  private static final Aad HERE = Aad.of("table", 1);

  @TempDir
  Path dir;

  private static byte[] unwrap(MasterKey key, MasterKey.Wrapped wrapped, Aad place) {
    return key.unwrap(wrapped.bytes(), wrapped.keyId(), place);
  }

  @Test
  void followsItsFileWhileItIsUsed() throws Exception {
    Path file = dir.resolve("master.key");
    MasterKeyset old = MasterKeyset.random();
    old.write(file, Optional.empty());
    MasterKey here = MasterKey.load(file, Optional.empty());
    MasterKey there = MasterKey.load(file, Optional.empty());
    MasterKey.Wrapped before = here.wrap(SECRET, HERE);
    MasterKeyset both = old.withNewPrimary();
    both.write(file, Optional.empty());
    MasterKey.Wrapped after = here.wrap(SECRET, HERE);
    assertThat(before.keyId()).isEqualTo(old.primaryId());
    assertThat(after.keyId()).isEqualTo(both.primaryId());
    assertThat(unwrap(there, after, HERE)).isEqualTo(SECRET);
    assertThat(unwrap(there, before, HERE)).isEqualTo(SECRET);
    both.primaryOnly().write(file, Optional.empty());
    MasterKey later = MasterKey.load(file, Optional.empty());
    assertThat(unwrap(later, after, HERE)).isEqualTo(SECRET);
    assertThatThrownBy(() -> unwrap(later, before, HERE)).isInstanceOf(
      WrongMasterKeyException.class
    );
  }

  @Test
  void seesAnExchangeWithinOneTickOfTheClock() throws Exception {
    Path file = dir.resolve("master.key");
    MasterKeyset old = MasterKeyset.random();
    old.write(file, Optional.empty());
    FileTime then = Files.getLastModifiedTime(file);
    MasterKey key = MasterKey.load(file, Optional.empty());
    MasterKeyset both = old.withNewPrimary();
    both.write(file, Optional.empty());
    Files.setLastModifiedTime(file, then);
    assertThat(key.wrap(SECRET, HERE).keyId()).isEqualTo(both.primaryId());
  }

  @Test
  void saysSoWhenAnotherMasterKeyIsNeeded() {
    var wrapped = MasterKey.random().wrap(SECRET, HERE);
    assertThatThrownBy(() -> unwrap(MasterKey.random(), wrapped, HERE))
      .isInstanceOf(WrongMasterKeyException.class)
      .hasMessageContaining(wrapped.keyId());
  }

  @Test
  void opensNothingInAnotherPlaceOrAfterAChange() {
    var key = MasterKey.random();
    var wrapped = key.wrap(SECRET, HERE);
    assertThatThrownBy(() -> unwrap(key, wrapped, Aad.of("table", 2))).isInstanceOf(
      DecryptionException.class
    );
    var altered = new MasterKey.Wrapped(wrapped.bytes().clone(), wrapped.keyId());
    altered.bytes()[20] ^= 1;
    assertThatThrownBy(() -> unwrap(key, altered, HERE)).isInstanceOf(DecryptionException.class);
  }

  @Test
  void keepsTwoPlacesFromHavingOneName() {
    assertThatThrownBy(() -> Aad.of("a", "b/c")).isInstanceOf(IllegalArgumentException.class);
  }
}
