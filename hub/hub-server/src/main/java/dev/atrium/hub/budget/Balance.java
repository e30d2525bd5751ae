package dev.atrium.hub.budget;

import java.util.OptionalLong;
import java.util.UUID;

/** Where one account stands in its current period, in micro-units. */
public record Balance(
  UUID accountId,
  String kind,
  OptionalLong limitMicros,
  long reservedMicros,
  long spentMicros
) {}
