package dev.atrium.audit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One record as it stands in the table {@code audit_record}, and so in the leaf of the tree. Personal
 * data (names, addresses) is not in it, only commitments to it ({@link Commitment}); see {@link
 * Personal}.
 *
 * @param id given by the database, rising, possibly with gaps
 * @param at the database's time, in whole microseconds
 * @param result {@code ok}, {@code refused} or {@code failed}
 * @param details strings, whole numbers, booleans, and maps and lists of these
 * @param commitments by the name of the field, such as {@code actorName}
 */
public record AuditRecord(
  long id,
  Instant at,
  Optional<UUID> actorId,
  String action,
  Optional<String> targetKind,
  Optional<String> targetId,
  String result,
  Optional<String> correlationId,
  Map<String, Object> details,
  Map<String, String> commitments
) {
  /** Version of the canonical form, which is part of it. */
  public static final int FORMAT = 2;

  public AuditRecord {
    if (!at.equals(at.truncatedTo(ChronoUnit.MICROS))) {
      throw new IllegalArgumentException(
        "the time of record " + id + " is finer than a microsecond"
      );
    }
    details = Collections.unmodifiableMap(new TreeMap<>(details));
    commitments = Collections.unmodifiableMap(new TreeMap<>(commitments));
  }

  /**
   * The columns {@code details} and {@code commitments}, and {@code fields} of personal data, as the
   * database writes them.
   *
   * @throws IllegalArgumentException if that is no JSON object, or holds a number that is not whole
   */
  public static Map<String, Object> json(String text) {
    return Json.object(text);
  }

  /** Fields that are absent are left out, so that an absent one and an empty one differ. */
  Map<String, Object> toJson() {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("format", (long) FORMAT);
    fields.put("id", id);
    // Text, because the number of microseconds passes what JSON numbers hold exactly.
    fields.put("at", CanonicalJson.timestamp(at));
    actorId.ifPresent(v -> fields.put("actorId", v.toString()));
    fields.put("action", action);
    targetKind.ifPresent(v -> fields.put("targetKind", v));
    targetId.ifPresent(v -> fields.put("targetId", v));
    fields.put("result", result);
    correlationId.ifPresent(v -> fields.put("correlationId", v));
    fields.put("details", details);
    fields.put("commitments", commitments);
    return fields;
  }

  /**
   * The bytes that are hashed: canonical JSON (RFC 8785) in UTF-8.
   *
   * @throws IllegalArgumentException if a detail has a type that is not allowed
   */
  public byte[] canonical() {
    return CanonicalJson.write(toJson());
  }

  /**
   * The hash of this record as a leaf.
   *
   * @throws IllegalArgumentException if a detail has a type that is not allowed
   */
  public byte[] leafHash() {
    return TreeHash.leaf(canonical());
  }
}
