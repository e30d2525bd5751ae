/**
 * Applies the migrations under {@code db/migration} and knows how a database is named in one
 * address. The schema's meaning is in the SQL files; no domain code belongs here.
 */
package dev.atrium.schema;
