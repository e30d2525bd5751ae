package dev.atrium.hub.auth;

import dev.atrium.hub.config.DirectoryMap;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Users for whom a directory vouches, and what its groups give them. */
final class PgExternals {

  /**
   * What came of it.
   *
   * @param userId absent where there is no user
   * @param outcome known, linked, created; or why not: disabled, unknown, name_taken, unfit_name
   * @param before department, groups and roles until now
   * @param missing what the map speaks of and is not there
   */
  record Outcome(
    Optional<UUID> userId,
    String name,
    String outcome,
    Map<String, Object> before,
    Map<String, Object> after,
    Optional<String> missing
  ) {
    private static final Set<String> IN = Set.of("known", "linked", "created");

    boolean mayComeIn() {
      return IN.contains(outcome);
    }
  }

  private static final String SIGN_IN =
    "SELECT * FROM directory_sign_in($1, $2, $3, $4, $5, $6, $7, $8, $9)";

  Future<Outcome> signIn(Tx tx, ExternalIdentity who, boolean create, DirectoryMap map) {
    var values = Tuple.from(
      new Object[] {
        who.kind().code(),
        who.provider(),
        who.subject(),
        who.name(),
        who.displayName(),
        who.email().orElse(null),
        who.locale(),
        create,
        standing(who, map),
      }
    );
    return tx
      .sql()
      .preparedQuery(SIGN_IN)
      .execute(values)
      .map(rows -> outcome(rows.iterator().next()));
  }

  /** The lines of the map, each with whether it holds for this person. */
  private static JsonArray standing(ExternalIdentity who, DirectoryMap map) {
    Set<String> groups = who
      .groups()
      .stream()
      .map(group -> group.toLowerCase(Locale.ROOT))
      .collect(Collectors.toSet());
    JsonArray lines = new JsonArray();
    for (DirectoryMap.Line line : map.lines()) {
      lines.add(
        new JsonObject()
          .put("gives", line.gives().name().toLowerCase(Locale.ROOT))
          .put("name", line.name())
          .put("scope", line.scope())
          .put("has", groups.contains(line.external().toLowerCase(Locale.ROOT)))
      );
    }
    return lines;
  }

  private static Outcome outcome(Row row) {
    return new Outcome(
      Optional.ofNullable(row.getUUID("user_id")),
      Optional.ofNullable(row.getString("user_name")).orElse(""),
      row.getString("outcome"),
      map(row.getJsonObject("before")),
      map(row.getJsonObject("after")),
      Optional.ofNullable(row.getString("missing"))
    );
  }

  private static Map<String, Object> map(JsonObject json) {
    return json == null ? Map.of() : Map.copyOf(json.getMap());
  }
}
