package dev.atrium.stress.check;

import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.Blows;
import dev.atrium.stress.system.Fault;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * A prompt is read at most once for each attempt, and another attempt is made for one reason alone:
 * its node was hit while it wrote. So the loss of a hub costs no reading, and the loss of a node one.
 */
final class Prefills {

  /** The clocks of driver and database are one machine's; what is on its way is not in order. */
  private static final long SLACK_SECONDS = 2;

  private static final String ATTEMPTS = """
    SELECT a.generation_id, a.number, a.node_id, a.status, coalesce(a.prompt_tokens, 0),
      coalesce(a.cached_tokens, 0), a.started_at, a.finished_at
    FROM attempt a JOIN generation g ON g.id = a.generation_id
    WHERE g.user_id = ANY (?) AND g.finished_at IS NOT NULL
    ORDER BY a.generation_id, a.number
    """;

  /**
   * One attempt, as recorded.
   *
   * @param computed tokens of the prompt that were not cached
   */
  record Attempt(
    UUID generation,
    int number,
    String node,
    String status,
    int prompt,
    int computed,
    Instant begun,
    Instant ended
  ) {
    /**
     * Whether its node was hit while it wrote. Hub and node together count for every node: the members
     * that are left may not hear one another for as long as it takes to call a node lost.
     */
    boolean hitBy(Blows.Dealt blow) {
      return (
        (blow.hit(node) || blow.fault() == Fault.KILL_BOTH) &&
        blow.at().isAfter(begun.minusSeconds(SLACK_SECONDS)) &&
        blow.at().isBefore(ended.plusSeconds(SLACK_SECONDS))
      );
    }
  }

  private Prefills() {}

  /** Returns how many answers, attempts and computed tokens of prompts there were, in words. */
  static String check(
    Connection db,
    Collection<UUID> people,
    List<Blows.Dealt> blows,
    Violations violations
  ) throws SQLException {
    Map<UUID, List<Attempt>> answers = new LinkedHashMap<>();
    for (Attempt attempt : attempts(db, people)) {
      answers.computeIfAbsent(attempt.generation(), _ -> new ArrayList<>()).add(attempt);
    }
    answers.values().forEach(attempts -> check(attempts, blows, violations));
    List<Attempt> all = answers.values().stream().flatMap(List::stream).toList();
    return "%d answers, %d attempts, %d tokens of prompts, %d of them computed".formatted(
      answers.size(),
      all.size(),
      all.stream().mapToLong(Attempt::prompt).sum(),
      all.stream().mapToLong(Attempt::computed).sum()
    );
  }

  private static List<Attempt> attempts(Connection db, Collection<UUID> people)
    throws SQLException {
    return Query.run(db, ATTEMPTS, people, row ->
      new Attempt(
        row.getObject(1, UUID.class),
        row.getInt(2),
        row.getString(3),
        row.getString(4),
        row.getInt(5),
        row.getInt(5) - row.getInt(6),
        row.getObject(7, OffsetDateTime.class).toInstant(),
        row.getObject(8, OffsetDateTime.class).toInstant()
      )
    );
  }

  /** The attempts of one answer. */
  static void check(List<Attempt> attempts, List<Blows.Dealt> blows, Violations violations) {
    int prompt = attempts.getFirst().prompt();
    IntStream.range(0, attempts.size()).forEach(i -> {
        Attempt attempt = attempts.get(i);
        boolean last = i == attempts.size() - 1;
        if (attempt.number() != i + 1 || attempt.prompt() != prompt) {
          violations.add(
            Kind.PREFILL,
            "generation %s: its prompt of %d tokens and attempt %d was followed by %s",
            attempt.generation(),
            prompt,
            i,
            attempt
          );
        }
        if (!last && blows.stream().noneMatch(attempt::hitBy)) {
          violations.add(
            Kind.PREFILL,
            "generation %s: attempt %d on %s was given up (%s), though nothing had hit that node",
            attempt.generation(),
            attempt.number(),
            attempt.node(),
            attempt.status()
          );
        }
      });
  }
}
