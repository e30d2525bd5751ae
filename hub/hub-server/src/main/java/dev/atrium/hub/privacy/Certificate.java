package dev.atrium.hub.privacy;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/**
 * What was erased and from when on that holds, for people to read and keep. It names the person by the id
 * alone.
 *
 * @param keys personal keys that were destroyed
 * @param conversations conversations that were removed with their messages
 * @param rows rows that were removed besides, by table
 * @param residue rows in which a name of the person still stands, by table
 * @param keyBackupDays how long backups of the database of keys are kept
 * @param keysMovedAt since when no keys are in the main database, if they ever were
 */
record Certificate(
  UUID installation,
  UUID person,
  Instant begun,
  Instant finished,
  long keys,
  long conversations,
  JsonObject rows,
  JsonObject residue,
  int keyBackupDays,
  Optional<Instant> keysMovedAt
) {
  /** From when on no backup can bring back what the person wrote. */
  Instant holdsFrom() {
    return finished.plus(Duration.ofDays(keyBackupDays)).truncatedTo(ChronoUnit.SECONDS);
  }

  /** What is signed. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append("certificate of erasure\n");
    text.append("installation ").append(installation).append('\n');
    text.append("person ").append(person).append('\n');
    text.append("begun ").append(begun).append('\n');
    text.append("finished ").append(finished).append('\n');
    text.append("personal keys destroyed: ").append(keys).append('\n');
    text.append("conversations removed: ").append(conversations).append('\n');
    rows
      .fieldNames()
      .stream()
      .sorted()
      .forEach(table ->
        text
          .append("rows removed from ")
          .append(table)
          .append(": ")
          .append(rows.getLong(table))
          .append('\n')
      );
    if (residue.isEmpty()) {
      text.append("names and addresses of the person that still stand somewhere: none\n");
    }
    residue
      .fieldNames()
      .stream()
      .sorted()
      .forEach(table ->
        text
          .append("rows in which a name of the person still stands, in ")
          .append(table)
          .append(": ")
          .append(residue.getLong(table))
          .append('\n')
      );
    text.append("backups of the database of keys are kept for ").append(keyBackupDays);
    text.append(" days; what the person wrote can't be read from any backup from ");
    text.append(holdsFrom()).append(" on\n");
    keysMovedAt.ifPresent(at ->
      text
        .append("backups of the main database from before ")
        .append(at)
        .append(" hold keys themselves, which the master keys of that time unwrap\n")
    );
    return text.toString();
  }
}
