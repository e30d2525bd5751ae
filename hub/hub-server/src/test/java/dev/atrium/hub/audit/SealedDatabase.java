package dev.atrium.hub.audit;

import dev.atrium.schema.testing.TestDatabase;

/** Records to be sealed, by the way that every program takes. */
final class SealedDatabase {

  private SealedDatabase() {}

  static void append(TestDatabase database, int records) {
    database.execute(
      """
      SELECT audit_append(
        ('00000000-0000-4000-8000-' || lpad((n %% 50)::text, 12, '0'))::uuid, 'somebody ' || n %% 50,
        'generation.end', 'generation', gen_random_uuid()::text, 'ok', '10.0.0.' || n %% 200, n::text,
        jsonb_build_object('model', 'starter', 'promptTokens', n, 'completionTokens', 17))
      FROM generate_series(1, %d) n""".formatted(records)
    );
  }
}
