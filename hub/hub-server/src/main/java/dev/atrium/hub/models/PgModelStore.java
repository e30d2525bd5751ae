package dev.atrium.hub.models;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** The table {@code model}. */
final class PgModelStore implements ModelStore {

  private static final String ALL = """
    SELECT name, title, description_en, description_zh, context_length, is_default, enabled
    FROM model WHERE kind = 'chat' ORDER BY name
    """;
  private static final String ADD = """
    INSERT INTO model (name, kind, title, description_en, description_zh, context_length, is_default)
    VALUES ($1, 'chat', $2, $3, $4, $5,
            NOT EXISTS (SELECT FROM model WHERE kind = 'chat' AND is_default))
    ON CONFLICT DO NOTHING
    """;

  private final Db db;

  PgModelStore(Db db) {
    this.db = db;
  }

  @Override
  public Future<List<ModelRow>> all() {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(ALL)
        .execute()
        .map(rows -> {
          List<ModelRow> all = new ArrayList<>();
          rows.forEach(row -> all.add(row(row)));
          return List.copyOf(all);
        })
    );
  }

  @Override
  public Future<Void> addIfMissing(ModelRow row) {
    Integer length = row.contextLength().isPresent() ? row.contextLength().getAsInt() : null;
    return db.inTransaction(tx ->
      tx
        .sql()
        .preparedQuery(ADD)
        .execute(
          Tuple.of(row.name(), row.title(), row.descriptionEn(), row.descriptionZh(), length)
        )
        .mapEmpty()
    );
  }

  private static ModelRow row(Row row) {
    Integer length = row.getInteger("context_length");
    return new ModelRow(
      row.getString("name"),
      row.getString("title"),
      row.getString("description_en"),
      row.getString("description_zh"),
      length == null ? OptionalInt.empty() : OptionalInt.of(length),
      row.getBoolean("is_default"),
      row.getBoolean("enabled")
    );
  }
}
