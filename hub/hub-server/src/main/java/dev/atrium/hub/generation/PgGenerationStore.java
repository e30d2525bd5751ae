package dev.atrium.hub.generation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.conversation.SealedChunk;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;

/** The tables {@code generation} and {@code attempt}. */
final class PgGenerationStore implements GenerationStore {

  private static final String INSERT = """
    INSERT INTO generation (id, conversation_id, message_id, user_id, department_id, owner, model, seed,
      system_prompt_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
      (SELECT id FROM system_prompt WHERE model = $7 AND retired_at IS NULL))
    """;
  /**
   * Pending or running, which a check of the table ties to {@code finished_at}. By the status, a plan that
   * was made while little ran would read the index of all that runs instead of the one row.
   */
  private static final String OURS =
    " WHERE id = $1 AND owner = $2 AND epoch = $3 AND finished_at IS NULL";
  private static final String START =
    """
      UPDATE generation SET status = 'running', attempt = $4, model_revision = $5, prompt_tokens = $6,
        max_new_tokens = $7, trimmed_messages = $8, restart_epoch = coalesce($9, restart_epoch),
        restart_position = coalesce($10, restart_position), node_seq = 0,
        started_at = coalesce(started_at, clock_timestamp())
      """ +
    OURS;
  private static final String ADD_ATTEMPT = """
    WITH held AS (SELECT FROM reservation WHERE generation_id = $1 AND attempt = $2),
    added AS (
      INSERT INTO attempt (generation_id, number, node_id, engine_id, model_revision, prompt_tokens, from_token)
      SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT FROM held)
      ON CONFLICT (generation_id, number) DO UPDATE SET node_id = EXCLUDED.node_id,
        engine_id = EXCLUDED.engine_id, model_revision = EXCLUDED.model_revision,
        prompt_tokens = EXCLUDED.prompt_tokens
      WHERE attempt.status = 'running'
    )
    SELECT EXISTS (SELECT FROM held) AS held
    """;
  private static final String DISABLED = """
    SELECT id FROM app_user WHERE id = ANY ($1) AND status <> 'active'
    """;
  private static final String WRITE =
    "SELECT written, earlier FROM answers_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
  /** What {@code answers_write} says of a piece that does not fit. */
  private static final String GAP = "ATGAP";
  private static final String HOLD = "SELECT id FROM generation" + OURS + " FOR UPDATE";
  private static final String END_ATTEMPT = """
    UPDATE attempt SET status = $3, prompt_tokens = $4, cached_tokens = $5, completion_tokens = $6,
      prefilled_tokens = $7, finished_at = clock_timestamp()
    WHERE generation_id = $1 AND number = $2 AND status = 'running'
    """;
  private static final String FINISH =
    """
      UPDATE generation SET status = $4, reason = $5, error_code = $6, error_args = $7,
        prompt_tokens = $8, cached_tokens = $9, completion_tokens = $10, position = $11,
        prefilled_tokens = $12, finished_at = clock_timestamp()
      """ +
    OURS;
  private static final String COLUMNS = """
    g.id, g.conversation_id, g.user_id, g.owner, g.epoch, g.attempt, g.status, g.model, g.position,
    coalesce(g.prompt_tokens, 0) AS prompt_tokens, coalesce(g.cached_tokens, 0) AS cached_tokens,
    coalesce(g.prefilled_tokens, 0) AS prefilled_tokens,
    coalesce(g.completion_tokens, 0) AS completion_tokens, g.reason, g.error_code, g.error_args,
    g.restart_epoch, g.restart_position
    """;
  private static final String STOP_WISHED =
    "SELECT stop_requested_at IS NOT NULL FROM generation WHERE id = $1";
  private static final String FIND =
    "SELECT " + COLUMNS + " FROM generation g WHERE g.user_id = $1 AND g.id = $2";
  private static final String BY_MESSAGE =
    "SELECT " + COLUMNS + " FROM generation g WHERE g.user_id = $1 AND g.message_id = $2";
  private static final String STATE =
    "SELECT " + COLUMNS + " FROM generation g WHERE g.id = $1 AND g.owner = $2 AND g.epoch = $3";
  private static final String SYSTEM_PROMPT =
    "SELECT s.text FROM generation g JOIN system_prompt s ON s.id = g.system_prompt_id WHERE g.id = $1";
  private static final String LAST_NODE = "SELECT last_node FROM conversation WHERE id = $1";
  private final Db db;

  PgGenerationStore(Db db) {
    this.db = db;
  }

  @Override
  public Future<Void> insert(Tx tx, NewGeneration g) {
    Tuple values = Tuple.from(
      List.of(
        g.id(),
        g.conversationId(),
        g.messageId(),
        g.userId(),
        g.departmentId(),
        g.owner(),
        g.model(),
        g.seed()
      )
    );
    return tx
      .sql()
      .preparedQuery(INSERT)
      .execute(values)
      .<Void>mapEmpty()
      .recover(PgGenerationStore::busy);
  }

  private static Future<Void> busy(Throwable failure) {
    boolean taken =
      failure instanceof PgException e && "generation_one_at_a_time".equals(e.getConstraint());
    return Future.failedFuture(taken ? new AtriumException(ErrorCode.GENERATION_BUSY) : failure);
  }

  @Override
  public Future<Void> startAttempt(Tx tx, Guard guard, AttemptStart start) {
    Tuple values = guarded(guard)
      .addInteger(start.number())
      .addString(start.revision())
      .addInteger(start.promptTokens())
      .addInteger(start.maxNewTokens())
      .addInteger(start.trimmedMessages())
      .addInteger(start.restart().map(Restart::epoch).orElse(null))
      .addInteger(start.restart().map(Restart::position).orElse(null));
    Tuple attempt = Tuple.tuple()
      .addUUID(guard.generationId())
      .addInteger(start.number())
      .addString(start.nodeId())
      .addString(start.engineId())
      .addString(start.revision())
      .addInteger(start.promptTokens())
      .addInteger(start.fromToken());
    return tx
      .sql()
      .preparedQuery(START)
      .execute(values)
      .compose(rows -> one(rows, guard))
      .compose(_ -> tx.sql().preparedQuery(ADD_ATTEMPT).execute(attempt))
      .compose(rows ->
        rows.iterator().next().getBoolean("held")
          ? Future.succeededFuture()
          : Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE))
      );
  }

  @Override
  public Future<Advanced> write(List<Progress> answers, List<SealedChunk> texts) {
    Tuple values = Tuple.tuple()
      .addValue(column(answers, p -> p.guard().generationId(), UUID[]::new))
      .addValue(column(answers, p -> p.guard().owner(), String[]::new))
      .addValue(column(answers, p -> p.guard().epoch(), Integer[]::new))
      .addValue(column(answers, Progress::from, Integer[]::new))
      .addValue(column(answers, p -> p.to() - p.from(), Integer[]::new))
      .addValue(column(answers, Progress::seq, Long[]::new))
      .addValue(column(texts, SealedChunk::attempt, Integer[]::new))
      .addValue(column(texts, SealedChunk::text, Buffer[]::new))
      .addValue(column(texts, SealedChunk::keyId, UUID[]::new))
      .addValue(column(texts, t -> t.held().orElse(null), Buffer[]::new))
      .addValue(column(texts, t -> t.kinds().orElse(null), String[]::new));
    return db
      .read(tx -> tx.sql().preparedQuery(WRITE).execute(values))
      .map(PgGenerationStore::advanced)
      .recover(failure -> gap(failure, answers));
  }

  private static <T, V> V[] column(List<T> rows, Function<T, V> value, IntFunction<V[]> array) {
    return rows.stream().map(value).toArray(array);
  }

  private static Advanced advanced(RowSet<Row> rows) {
    Row row = rows.iterator().next();
    return new Advanced(
      Set.of(row.getArrayOfUUIDs("written")),
      Set.of(row.getArrayOfUUIDs("earlier"))
    );
  }

  private static Future<Advanced> gap(Throwable failure, List<Progress> answers) {
    boolean gap = failure instanceof PgException e && GAP.equals(e.getSqlState());
    return Future.failedFuture(
      gap
        ? new AtriumException(
          ErrorCode.INTERNAL,
          Map.of("reference", answers.getFirst().guard().generationId().toString()),
          failure
        )
        : failure
    );
  }

  @Override
  public Future<Void> hold(Tx tx, Guard guard) {
    return tx
      .sql()
      .preparedQuery(HOLD)
      .execute(guarded(guard))
      .compose(rows -> one(rows, guard));
  }

  @Override
  public Future<Void> endAttempt(
    Tx tx,
    UUID generationId,
    int attempt,
    String status,
    Usage usage
  ) {
    return tx
      .sql()
      .preparedQuery(END_ATTEMPT)
      .execute(
        Tuple.from(
          List.of(
            generationId,
            attempt,
            status,
            usage.promptTokens(),
            usage.cachedTokens(),
            usage.completionTokens(),
            usage.prefilledTokens()
          )
        )
      )
      .mapEmpty();
  }

  @Override
  public Future<Boolean> finish(Tx tx, Guard guard, Ending ending, Usage usage, int length) {
    Tuple values = guarded(guard).addString(ending.status());
    switch (ending) {
      case Ending.Well well -> values
        .addString(well.reason().wire())
        .addString(null)
        .addValue(null);
      case Ending.Badly badly -> values
        .addString(null)
        .addString(badly.code().code())
        .addValue(new JsonObject(badly.args()));
    }
    values
      .addInteger(usage.promptTokens())
      .addInteger(usage.cachedTokens())
      .addInteger(usage.completionTokens())
      .addInteger(length)
      .addInteger(usage.prefilledTokens());
    return tx
      .sql()
      .preparedQuery(FINISH)
      .execute(values)
      .compose(rows ->
        rows.rowCount() == 1
          ? Future.succeededFuture(true)
          : state(tx, guard).compose(row ->
            row.ended()
              ? Future.succeededFuture(false)
              : Future.failedFuture(new FencedException(guard))
          )
      );
  }

  @Override
  public Future<Optional<GenerationRow>> find(UUID userId, UUID generationId) {
    return first(FIND, Tuple.of(userId, generationId));
  }

  @Override
  public Future<Optional<GenerationRow>> findByMessage(UUID userId, UUID messageId) {
    return first(BY_MESSAGE, Tuple.of(userId, messageId));
  }

  private Future<Optional<GenerationRow>> first(String sql, Tuple values) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(sql)
        .execute(values)
        .map(rows -> rows.size() == 0 ? Optional.empty() : Optional.of(row(rows.iterator().next())))
    );
  }

  @Override
  public Future<Optional<String>> systemPrompt(UUID generationId) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(SYSTEM_PROMPT)
        .execute(Tuple.of(generationId))
        .map(rows ->
          rows.size() == 0
            ? Optional.empty()
            : Optional.of(rows.iterator().next().getString("text"))
        )
    );
  }

  @Override
  public Future<Set<UUID>> disabled(Set<UUID> users) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(DISABLED)
        .execute(Tuple.tuple().addArrayOfUUID(users.toArray(UUID[]::new)))
        .map(rows -> {
          Set<UUID> gone = new HashSet<>();
          rows.forEach(row -> gone.add(row.getUUID("id")));
          return gone;
        })
    );
  }

  @Override
  public Future<Boolean> stopWished(UUID generationId) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(STOP_WISHED)
        .execute(Tuple.of(generationId))
        .map(rows -> rows.size() == 1 && rows.iterator().next().getBoolean(0))
    );
  }

  @Override
  public Future<Optional<String>> lastNode(UUID conversationId) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(LAST_NODE)
        .execute(Tuple.of(conversationId))
        .map(rows ->
          rows.size() == 0
            ? Optional.empty()
            : Optional.ofNullable(rows.iterator().next().getString(0))
        )
    );
  }

  private static Future<GenerationRow> state(Tx tx, Guard guard) {
    return tx
      .sql()
      .preparedQuery(STATE)
      .execute(guarded(guard))
      .compose(rows ->
        rows.size() == 1
          ? Future.succeededFuture(row(rows.iterator().next()))
          : Future.failedFuture(new FencedException(guard))
      );
  }

  private static Tuple guarded(Guard guard) {
    return Tuple.tuple()
      .addUUID(guard.generationId())
      .addString(guard.owner())
      .addInteger(guard.epoch());
  }

  private static Future<Void> one(RowSet<Row> rows, Guard guard) {
    return rows.rowCount() == 1
      ? Future.succeededFuture()
      : Future.failedFuture(new FencedException(guard));
  }

  private static GenerationRow row(Row row) {
    JsonObject args = row.getJsonObject("error_args");
    return new GenerationRow(
      row.getUUID("id"),
      Optional.ofNullable(row.getUUID("conversation_id")),
      row.getUUID("user_id"),
      Optional.ofNullable(row.getString("owner")),
      row.getInteger("epoch"),
      row.getInteger("attempt"),
      row.getString("status"),
      row.getString("model"),
      row.getInteger("position"),
      row.getInteger("prompt_tokens"),
      row.getInteger("cached_tokens"),
      row.getInteger("prefilled_tokens"),
      row.getInteger("completion_tokens"),
      Optional.ofNullable(row.getString("reason")),
      Optional.ofNullable(row.getString("error_code")),
      args == null ? Map.of() : Map.copyOf(args.getMap()),
      Optional.ofNullable(row.getInteger("restart_epoch")).map(epoch ->
        new Restart(epoch, row.getInteger("restart_position"))
      )
    );
  }
}
