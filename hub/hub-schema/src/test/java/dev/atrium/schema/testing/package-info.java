/** A real PostgreSQL for tests of every module; reached through this module's test-jar. */
package dev.atrium.schema.testing;
