package dev.atrium.hub.crypto;

import java.util.List;

/** The keys in the database were wrapped by another master key than those in the file. */
public final class WrongMasterKeyException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  WrongMasterKeyException(List<String> have, String need) {
    super(
      "the master key file is not the one of this database: it holds " +
      String.join(", ", have) +
      ", the database needs key " +
      need
    );
  }
}
