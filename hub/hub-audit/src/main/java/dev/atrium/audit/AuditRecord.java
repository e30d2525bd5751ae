package dev.atrium.audit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One record as it stands in the table {@code audit_record}.
 *
 * @param id given by the database, rising, possibly with gaps
 * @param at the database's time, in whole microseconds
 * @param result {@code ok}, {@code refused} or {@code failed}
 * @param details strings, whole numbers, booleans, and maps and lists of these
 * @param format version of the canonical form; 1 is the only one yet. A later one will put salted
 *     commitments in the place of personal data, so that erasing it leaves the leaf valid.
 */
public record AuditRecord(
  long id,
  Instant at,
  Optional<UUID> actorId,
  Optional<String> actorName,
  String action,
  Optional<String> targetKind,
  Optional<String> targetId,
  String result,
  Optional<String> address,
  Optional<String> correlationId,
  Map<String, Object> details,
  int format
) {
  /** The format that is written today. */
  public static final int FORMAT = 1;

  public AuditRecord {
    if (format != FORMAT) {
      throw new IllegalArgumentException("unknown format " + format + " of record " + id);
    }
    if (!at.equals(at.truncatedTo(ChronoUnit.MICROS))) {
      throw new IllegalArgumentException(
        "the time of record " + id + " is finer than a microsecond"
      );
    }
    details = Collections.unmodifiableMap(new TreeMap<>(details));
  }

  /**
   * The bytes that are hashed: canonical JSON (RFC 8785) in UTF-8. Fields that are absent are left
   * out, so that an absent one and an empty one differ.
   *
   * @throws IllegalArgumentException if a detail has a type that is not allowed
   */
  public byte[] canonical() {
    var fields = new TreeMap<String, Object>();
    fields.put("format", (long) format);
    fields.put("id", id);
    // Text, because the number of microseconds passes what JSON numbers hold exactly.
    fields.put("at", CanonicalJson.timestamp(at));
    actorId.ifPresent(v -> fields.put("actorId", v.toString()));
    actorName.ifPresent(v -> fields.put("actorName", v));
    fields.put("action", action);
    targetKind.ifPresent(v -> fields.put("targetKind", v));
    targetId.ifPresent(v -> fields.put("targetId", v));
    fields.put("result", result);
    address.ifPresent(v -> fields.put("address", v));
    correlationId.ifPresent(v -> fields.put("correlationId", v));
    fields.put("details", details);
    return CanonicalJson.write(fields);
  }

  /** The hash of this record as a leaf. */
  public byte[] leafHash() {
    return LeafHash.of(canonical());
  }
}
