package dev.atrium.hub.budget;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Calls the function {@code budget_apply}; the rules are there, in one round trip for a batch. */
final class PgBudgetLedger implements BudgetLedger {

  /**
   * How long the reservation of a generation that there is not (its row was never written) lives. What is
   * being written needs no renewing: the sweeper asks whether the answer has ended.
   */
  private static final String LIFE = "interval '2 minutes'";
  /** The hub itself settles within moments after the end; the sweeper leaves it the time. */
  private static final String GRACE = "interval '2 seconds'";

  /**
   * The commit does not wait for the disk, for all others wait until it is done. A reservation that a crash
   * of the server takes away is missed by the attempt that is to begin with it ({@code
   * GenerationStore.startAttempt}), and is on the disk as soon as that is; a settlement is done again by the
   * sweeper. A top-up is waited for afterwards ({@link #ON_DISK}).
   */
  private static final String APPLY =
    """
      SELECT item, verdict, allowed, reserved, account_kind
      FROM budget_apply($1, $2, $3, $4, $5, $6, $7, $8, $9,\s""" +
    LIFE +
    "), set_config('synchronous_commit', 'off', true)";

  /**
   * Commits something of no meaning, which waits for the disk and so for all that was committed before, and
   * says whether these top-ups are among that: they are not if the server has crashed in between.
   */
  private static final String ON_DISK = """
    WITH written AS MATERIALIZED (SELECT pg_logical_emit_message(true, 'atrium', ''))
    SELECT w.item, coalesce(r.allowed_tokens >= w.through, false) AS held
    FROM unnest($1::uuid[], $2::integer[], $3::integer[]) WITH ORDINALITY AS w (generation_id, attempt, through, item)
    CROSS JOIN written
    LEFT JOIN reservation r ON r.generation_id = w.generation_id AND r.attempt = w.attempt
    """;
  private static final String SWEEP = "SELECT budget_sweep(100, " + GRACE + ")";
  private static final String BALANCES = """
    SELECT a.id, a.kind, budget_limit_of(a.id, clock_timestamp()) AS limit_micros,
      coalesce(b.reserved_micros, 0) AS reserved_micros, coalesce(b.spent_micros, 0) AS spent_micros
    FROM app_user u
    CROSS JOIN LATERAL budget_accounts_of(u.id, u.department_id) p
    JOIN budget_account a ON a.id = p.account_id
    LEFT JOIN budget_balance b ON b.account_id = a.id AND b.period_start = p.period_start
    WHERE u.id = $1
    ORDER BY a.id
    """;

  private static final Duration GATHER = Duration.ofMillis(3);

  private final Db db;
  private final LedgerLane<LedgerItem, LedgerVerdict> lane;
  private final LedgerLane<LedgerItem.TopUp, Boolean> disk;

  PgBudgetLedger(Vertx vertx, Db db) {
    this.db = db;
    this.lane = new LedgerLane<>(vertx, GATHER, this::apply);
    this.disk = new LedgerLane<>(vertx, Duration.ZERO, this::areOnDisk);
  }

  @Override
  public Future<Reservation> reserve(ReservationRequest r) {
    return lane
      .submit(new LedgerItem.Reserve(r))
      .compose(v ->
        v.code().equals(LedgerVerdict.NO_PRICE)
          ? Future.failedFuture(new AtriumException(ErrorCode.NO_PRICE, Map.of("model", r.model())))
          : reservation(v, r.generationId(), r.attempt())
      );
  }

  @Override
  public Future<Reservation> topUp(Reservation held, int tokens) {
    int through = held.allowedTokens() + tokens;
    return lane
      .submit(new LedgerItem.TopUp(held.generationId(), held.attempt(), through))
      .compose(v -> reservation(v, held.generationId(), held.attempt()))
      .compose(this::onDisk);
  }

  /** Its tokens may be written as soon as this is known, and nothing else would miss a top-up. */
  private Future<Reservation> onDisk(Reservation topped) {
    return disk
      .submit(new LedgerItem.TopUp(topped.generationId(), topped.attempt(), topped.allowedTokens()))
      .compose(held ->
        held
          ? Future.succeededFuture(topped)
          : Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE))
      );
  }

  private Future<List<Boolean>> areOnDisk(List<LedgerItem.TopUp> items) {
    Tuple wanted = Tuple.of(
      items.stream().map(LedgerItem.TopUp::generationId).toArray(UUID[]::new),
      items.stream().map(LedgerItem.TopUp::attempt).toArray(Integer[]::new),
      items.stream().map(LedgerItem.TopUp::through).toArray(Integer[]::new)
    );
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(ON_DISK)
        .execute(wanted)
        .map(rows -> {
          Boolean[] held = new Boolean[items.size()];
          rows.forEach(row -> held[row.getInteger("item") - 1] = row.getBoolean("held"));
          return Arrays.asList(held);
        })
    );
  }

  private static Future<Reservation> reservation(LedgerVerdict v, UUID generationId, int attempt) {
    return switch (v.code()) {
      case LedgerVerdict.OK -> Future.succeededFuture(
        new Reservation(generationId, attempt, v.allowedTokens(), v.reservedMicros())
      );
      case LedgerVerdict.EXHAUSTED -> Future.failedFuture(
        new AtriumException(ErrorCode.BUDGET_EXHAUSTED, Map.of("account", v.accountKind()))
      );
      default -> Future.failedFuture(
        new IllegalStateException(
          "generation " + generationId + " attempt " + attempt + ": its reservation is " + v.code()
        )
      );
    };
  }

  @Override
  public Future<Void> settle(UUID generationId, int attempt, Usage usage) {
    return lane.submit(new LedgerItem.Settle(generationId, attempt, usage)).mapEmpty();
  }

  private Future<List<LedgerVerdict>> apply(List<LedgerItem> items) {
    Columns columns = new Columns(items.size());
    items.forEach(columns::add);
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(APPLY)
        .execute(columns.tuple())
        .map(rows -> {
          LedgerVerdict[] verdicts = new LedgerVerdict[items.size()];
          rows.forEach(row -> verdicts[row.getInteger("item") - 1] = verdict(row));
          return Arrays.asList(verdicts);
        })
    );
  }

  private static LedgerVerdict verdict(Row row) {
    return new LedgerVerdict(
      row.getString("verdict"),
      row.getInteger("allowed"),
      row.getLong("reserved"),
      Optional.ofNullable(row.getString("account_kind")).orElse("")
    );
  }

  /** A batch as the function takes it: a column an argument. */
  private static final class Columns {

    private final String[] kinds;
    private final UUID[] generations;
    private final Integer[] attempts;
    private final UUID[] users;
    private final UUID[] departments;
    private final String[] models;
    private final Integer[] prompts;
    private final Integer[] cached;
    private final Integer[] tokens;
    private int next;

    Columns(int size) {
      kinds = new String[size];
      generations = new UUID[size];
      attempts = new Integer[size];
      users = new UUID[size];
      departments = new UUID[size];
      models = new String[size];
      prompts = new Integer[size];
      cached = new Integer[size];
      tokens = new Integer[size];
    }

    void add(LedgerItem item) {
      int i = next++;
      generations[i] = item.generationId();
      attempts[i] = item.attempt();
      switch (item) {
        case LedgerItem.Reserve(ReservationRequest r) -> {
          kinds[i] = "reserve";
          users[i] = r.userId();
          departments[i] = r.departmentId();
          models[i] = r.model();
          prompts[i] = r.promptTokens();
          tokens[i] = r.sliceTokens();
        }
        case LedgerItem.TopUp t -> {
          kinds[i] = "top_up";
          tokens[i] = t.through();
        }
        case LedgerItem.Settle(var _, var _, Usage used) -> {
          kinds[i] = "settle";
          prompts[i] = used.promptTokens();
          cached[i] = used.cachedTokens();
          tokens[i] = used.completionTokens();
        }
      }
    }

    Tuple tuple() {
      return Tuple.tuple()
        .addValue(kinds)
        .addValue(generations)
        .addValue(attempts)
        .addValue(users)
        .addValue(departments)
        .addValue(models)
        .addValue(prompts)
        .addValue(cached)
        .addValue(tokens);
    }
  }

  @Override
  public Future<Integer> sweep() {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(SWEEP)
        .execute()
        .map(rows -> rows.iterator().next().getInteger(0))
    );
  }

  @Override
  public Future<List<Balance>> balances(UUID userId) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(BALANCES)
        .execute(Tuple.of(userId))
        .map(rows -> {
          List<Balance> all = new ArrayList<>();
          rows.forEach(row -> all.add(balance(row)));
          return List.copyOf(all);
        })
    );
  }

  private static Balance balance(Row row) {
    Long limit = row.getLong("limit_micros");
    return new Balance(
      row.getUUID("id"),
      row.getString("kind"),
      limit == null ? OptionalLong.empty() : OptionalLong.of(limit),
      row.getLong("reserved_micros"),
      row.getLong("spent_micros")
    );
  }
}
