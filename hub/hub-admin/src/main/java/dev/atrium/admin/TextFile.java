package dev.atrium.admin;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file of text that an administrator names. */
final class TextFile {

  private TextFile() {}

  /**
   * All of its text; empty if it has more bytes than that.
   *
   * @throws AdminException if it is not UTF-8, or can't be read
   */
  static Optional<String> read(Path file, long mostBytes) {
    try {
      return Files.size(file) > mostBytes ? Optional.empty() : Optional.of(Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new AdminException(AdminException.BAD_FILE, file + " is not UTF-8.", e);
    } catch (IOException e) {
      throw new AdminException(
        AdminException.UNAVAILABLE,
        file + " can't be read: " + e.getMessage(),
        e
      );
    }
  }
}
