package dev.atrium.hub.budget;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
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

  private static final String APPLY =
    """
      SELECT item, verdict, allowed, reserved, account_kind
      FROM budget_apply($1, $2, $3, $4, $5, $6, $7, $8, $9,\s""" +
    LIFE +
    ")";

  /**
   * The commit does not wait for the disk. A reservation that a crash of the server takes away is missed by
   * the attempt that is to begin with it ({@code GenerationStore.startAttempt}), and is on the disk as soon
   * as that is; a settlement is done again by the sweeper. A top-up is waited for: nothing else would miss
   * it, and its tokens may be written by then.
   */
  private static final String APPLY_WITHOUT_WAITING =
    APPLY + ", set_config('synchronous_commit', 'off', true)";
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

  private final Db db;
  private final LedgerLane lane;

  PgBudgetLedger(Vertx vertx, Db db) {
    this.db = db;
    this.lane = new LedgerLane(vertx, this::apply);
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
      .compose(v -> reservation(v, held.generationId(), held.attempt()));
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
    boolean waits = items.stream().anyMatch(LedgerItem.TopUp.class::isInstance);
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(waits ? APPLY : APPLY_WITHOUT_WAITING)
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
