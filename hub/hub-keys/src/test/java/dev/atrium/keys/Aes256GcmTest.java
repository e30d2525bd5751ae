package dev.atrium.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class Aes256GcmTest {

  private static final byte[] HERE = "here".getBytes(StandardCharsets.UTF_8);

  /** Rows of before Tink: a format byte, a nonce of 12 bytes, ciphertext and tag as the JDK gives them. */
  @Test
  void opensWhatTheJdkSealedBeforeTink() throws Exception {
    Aes256Gcm key = Aes256Gcm.random();
    byte[] nonce = "twelve bytes".getBytes(StandardCharsets.US_ASCII);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
      Cipher.ENCRYPT_MODE,
      new SecretKeySpec(key.bytes(), "AES"),
      new GCMParameterSpec(128, nonce)
    );
    cipher.updateAAD(HERE);
    byte[] body = cipher.doFinal("words".getBytes(StandardCharsets.UTF_8));
    byte[] sealed = new byte[13 + body.length];
    sealed[0] = 1;
    System.arraycopy(nonce, 0, sealed, 1, 12);
    System.arraycopy(body, 0, sealed, 13, body.length);
    assertThat(key.open(sealed, HERE)).asString(StandardCharsets.UTF_8).isEqualTo("words");
  }

  @Test
  void opensNothingElsewhereOrAfterAChangeOfAnyByte() {
    Aes256Gcm key = Aes256Gcm.random();
    byte[] sealed = key.seal(new byte[] { 1, 2, 3 }, HERE);
    assertThat(sealed).hasSize(32);
    assertThatThrownBy(() -> key.open(sealed, new byte[] { 1 })).isInstanceOf(
      GeneralSecurityException.class
    );
    for (int i = 0; i < sealed.length; i++) {
      byte[] altered = sealed.clone();
      altered[i] ^= 1;
      assertThatThrownBy(() -> key.open(altered, HERE)).isInstanceOf(
        GeneralSecurityException.class
      );
    }
    assertThatThrownBy(() -> key.open(new byte[0], HERE)).isInstanceOf(
      GeneralSecurityException.class
    );
  }

  @Test
  void isNoKeyOfAnotherLength() {
    assertThatThrownBy(() -> Aes256Gcm.of(new byte[16])).isInstanceOf(
      IllegalArgumentException.class
    );
  }
}
