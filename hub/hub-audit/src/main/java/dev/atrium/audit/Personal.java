package dev.atrium.audit;

import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Personal data of one record about one subject, which may be erased apart from the record: a row of the
 * table {@code audit_personal}.
 */
public final class Personal {

  private final Optional<UUID> subject;
  private final byte[] salt;
  private final Map<String, String> fields;

  /**
   * Data with the salt of its commitments.
   *
   * @param subject whose data it is, if that is known
   * @param fields by the names that they have among the record's commitments
   */
  public Personal(Optional<UUID> subject, byte[] salt, Map<String, String> fields) {
    this.subject = subject;
    this.salt = salt.clone();
    this.fields = Collections.unmodifiableMap(new TreeMap<>(fields));
  }

  public Map<String, String> fields() {
    return fields;
  }

  /** What the record must hold for one of the fields. */
  public String commitment(String field) {
    return Commitment.to(salt, subject, field, fields.get(field));
  }

  /** As it stands in an export. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new TreeMap<>();
    subject.ifPresent(id -> json.put("subject", id.toString()));
    json.put("salt", HexFormat.of().formatHex(salt));
    json.put("fields", fields);
    return json;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws RuntimeException if it is anything else
   */
  static Personal fromJson(Map<?, ?> json) {
    Map<String, String> fields = new TreeMap<>();
    ((Map<?, ?>) json.get("fields")).forEach((name, value) ->
      fields.put((String) name, (String) Objects.requireNonNull(value))
    );
    byte[] salt = HexFormat.of().parseHex((String) json.get("salt"));
    if (salt.length != Commitment.SALT_BYTES) {
      throw new IllegalArgumentException("a salt has " + Commitment.SALT_BYTES + " bytes");
    }
    return new Personal(
      Optional.ofNullable((String) json.get("subject")).map(UUID::fromString),
      salt,
      fields
    );
  }

  /** Without the data: this must not reach a log. */
  @Override
  public String toString() {
    return "Personal " + fields.keySet();
  }
}
