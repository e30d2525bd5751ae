package dev.atrium.hub.crypto;

/** The keys in the database were wrapped by another master key than the one in the file. */
public final class WrongMasterKeyException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  WrongMasterKeyException(String have, String need) {
    super(
      "the master key file is not the one of this database: it is key " +
      have +
      ", the database needs key " +
      need
    );
  }
}
