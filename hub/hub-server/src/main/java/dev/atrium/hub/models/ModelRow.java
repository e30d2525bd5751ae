package dev.atrium.hub.models;

import java.util.OptionalInt;

/** What the database says of a model that people may chat with. */
record ModelRow(
  String name,
  String title,
  String descriptionEn,
  String descriptionZh,
  OptionalInt contextLength,
  boolean isDefault,
  boolean enabled
) {}
