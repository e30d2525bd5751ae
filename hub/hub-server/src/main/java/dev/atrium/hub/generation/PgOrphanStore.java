package dev.atrium.hub.generation;

import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Claims and looks up owners in the tables {@code generation} and {@code hub_lease}. */
final class PgOrphanStore implements OrphanStore {

  private static final String RUNNING = "g.status IN ('pending', 'running')";
  private static final String CLAIM =
    """
      WITH orphan AS (
        SELECT g.id FROM generation g LEFT JOIN hub_lease l ON l.hub_id = g.owner
        WHERE\s""" +
    RUNNING +
    """
       AND pg_postmaster_start_time() < clock_timestamp() - interval '5 seconds'
          AND EXISTS (SELECT FROM hub_lease mine WHERE mine.hub_id = $1 AND mine.expires_at > clock_timestamp())
          AND (l.hub_id IS NULL OR l.expires_at < clock_timestamp()
            OR (g.owner = $1 AND g.owned_since < l.started_at)
            OR (g.owner = $1 AND g.owned_since < clock_timestamp() - interval '10 seconds' AND g.id <> ALL ($3)))
        ORDER BY g.created_at LIMIT $2 FOR UPDATE OF g SKIP LOCKED
      )
      UPDATE generation g SET owner = $1, epoch = epoch + 1, owned_since = clock_timestamp()
      FROM orphan o WHERE g.id = o.id RETURNING g.id
      """;
  private static final String READ = """
    SELECT g.id, g.owner, g.epoch, g.user_id, g.department_id, u.name, g.conversation_id, g.message_id,
      m.parent_id, g.model, g.seed, g.model_revision, g.trimmed_messages, g.stop_requested_at,
      g.restart_epoch, g.restart_position, g.node_seq, g.max_new_tokens,
      a.number, a.node_id, a.engine_id, a.from_token, a.prompt_tokens,
      r.allowed_tokens, r.reserved_micros,
      (SELECT count(*) FROM attempt x WHERE x.generation_id = g.id) AS attempts,
      b.prompt, b.cached, b.prefilled, b.completion
    FROM generation g
    JOIN app_user u ON u.id = g.user_id
    JOIN message m ON m.id = g.message_id
    LEFT JOIN attempt a ON a.generation_id = g.id AND a.number = g.attempt AND a.status = 'running'
    LEFT JOIN reservation r ON r.generation_id = g.id AND r.attempt = a.number AND r.settled_at IS NULL
    LEFT JOIN LATERAL (
      SELECT coalesce((array_agg(x.prompt_tokens ORDER BY x.number))[1], 0) AS prompt,
        coalesce((array_agg(x.cached_tokens ORDER BY x.number))[1], 0) AS cached,
        coalesce(sum(x.prefilled_tokens), 0)::integer AS prefilled,
        coalesce(sum(x.completion_tokens), 0)::integer AS completion
      FROM attempt x WHERE x.generation_id = g.id AND x.status <> 'running'
    ) b ON true
    WHERE g.id = ANY ($1)
    ORDER BY g.created_at
    """;
  private static final String OWNED =
    "SELECT g.id FROM generation g JOIN unnest($1::uuid[], $2::text[], $3::integer[]) AS w(id, owner, epoch)" +
    " ON g.id = w.id AND g.owner = w.owner AND g.epoch = w.epoch WHERE " +
    RUNNING;
  private static final String SETTLED =
    "SELECT g.id FROM generation g LEFT JOIN hub_lease l ON l.hub_id = g.owner WHERE g.id = ANY ($1)" +
    " AND (NOT " +
    RUNNING +
    " OR l.expires_at > clock_timestamp())";
  private static final String REQUEST_STOP =
    "UPDATE generation g SET stop_requested_at = coalesce(stop_requested_at, clock_timestamp())" +
    " WHERE g.id = $1 AND g.user_id = $2 AND " +
    RUNNING;

  private final Db db;

  PgOrphanStore(Db db) {
    this.db = db;
  }

  @Override
  public Future<List<Orphan>> adopt(String hubId, int limit, Collection<UUID> running) {
    Tuple values = Tuple.of(hubId, limit, running.toArray(UUID[]::new));
    return db.inTransaction(tx ->
      ids(tx, CLAIM, values).compose(claimed ->
        claimed.isEmpty() ? Future.succeededFuture(List.of()) : read(tx, claimed)
      )
    );
  }

  private static Future<List<Orphan>> read(Tx tx, Set<UUID> ids) {
    return tx
      .sql()
      .preparedQuery(READ)
      .execute(Tuple.of(ids.toArray(UUID[]::new)))
      .map(rows -> {
        List<Orphan> orphans = new ArrayList<>();
        rows.forEach(row -> orphans.add(orphan(row)));
        return orphans;
      });
  }

  private static Orphan orphan(Row row) {
    Requester requester = new Requester(
      row.getUUID("user_id"),
      row.getUUID("department_id"),
      row.getString("name"),
      ""
    );
    Integer restartEpoch = row.getInteger("restart_epoch");
    int prompt = row.getInteger("prompt");
    return new Orphan(
      new Guard(row.getUUID("id"), row.getString("owner"), row.getInteger("epoch")),
      requester,
      row.getUUID("conversation_id"),
      row.getUUID("parent_id"),
      row.getUUID("message_id"),
      row.getString("model"),
      row.getLong("seed"),
      Optional.ofNullable(row.getString("model_revision")),
      row.getInteger("trimmed_messages"),
      row.getOffsetDateTime("stop_requested_at") != null,
      Optional.ofNullable(restartEpoch).map(epoch ->
        new Restart(epoch, row.getInteger("restart_position"))
      ),
      row.getInteger("attempts"),
      // Without its reservation an attempt was never begun as a whole.
      row.getInteger("number") == null || row.getInteger("allowed_tokens") == null
        ? Optional.empty()
        : Optional.of(attempt(row)),
      new Usage(
        prompt,
        Math.min(row.getInteger("cached"), prompt),
        row.getInteger("prefilled"),
        row.getInteger("completion")
      )
    );
  }

  private static Orphan.Attempt attempt(Row row) {
    return new Orphan.Attempt(
      row.getInteger("number"),
      row.getString("node_id"),
      row.getString("engine_id"),
      row.getInteger("from_token"),
      row.getLong("node_seq"),
      row.getInteger("prompt_tokens"),
      row.getInteger("max_new_tokens"),
      row.getInteger("allowed_tokens"),
      row.getLong("reserved_micros")
    );
  }

  @Override
  public Future<Set<UUID>> owned(Collection<Guard> guards) {
    Tuple values = Tuple.of(
      guards.stream().map(Guard::generationId).toArray(UUID[]::new),
      guards.stream().map(Guard::owner).toArray(String[]::new),
      guards.stream().map(Guard::epoch).toArray(Integer[]::new)
    );
    return db.read(tx -> ids(tx, OWNED, values));
  }

  @Override
  public Future<Set<UUID>> settled(Collection<UUID> generationIds) {
    return db.read(tx -> ids(tx, SETTLED, Tuple.of(generationIds.toArray(UUID[]::new))));
  }

  @Override
  public Future<Boolean> requestStop(UUID userId, UUID generationId) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(REQUEST_STOP)
        .execute(Tuple.of(generationId, userId))
        .map(rows -> rows.rowCount() == 1)
    );
  }

  private static Future<Set<UUID>> ids(Tx tx, String sql, Tuple values) {
    return tx
      .sql()
      .preparedQuery(sql)
      .execute(values)
      .map(rows -> {
        Set<UUID> ids = new HashSet<>();
        rows.forEach(row -> ids.add(row.getUUID("id")));
        return ids;
      });
  }
}
