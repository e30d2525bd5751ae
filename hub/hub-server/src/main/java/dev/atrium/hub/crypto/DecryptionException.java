package dev.atrium.hub.crypto;

/** What is stored at a place can't be opened: another key, another place, or altered bytes. */
public final class DecryptionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DecryptionException(Aad aad, Throwable cause) {
    super("what is stored at " + aad.place() + " can't be decrypted", cause);
  }
}
