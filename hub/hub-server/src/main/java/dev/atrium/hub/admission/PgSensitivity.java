package dev.atrium.hub.admission;

import dev.atrium.hub.db.Tx;
import dev.atrium.policy.sensitive.Detectors;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Treatment;
import dev.atrium.policy.sensitive.TreatmentRule;
import dev.atrium.policy.sensitive.TreatmentRules;
import dev.atrium.policy.sensitive.WordList;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The tables of treatment rules and of words. */
final class PgSensitivity {

  private static final String RULES =
    "SELECT id, department_id, model, kind, treatment FROM treatment_rule ORDER BY id";
  private static final String REVISION = "SELECT revision FROM sensitive_word_list";
  private static final String WORDS = "SELECT word FROM sensitive_word ORDER BY id";

  private PgSensitivity() {}

  /** Reads the rules, and the words unless the ones that are held are those. */
  static Future<Sensitivity> read(Tx tx, Sensitivity held) {
    return query(tx, RULES).compose(rules ->
        query(tx, REVISION).compose(list -> {
            long revision = list.iterator().next().getLong("revision");
            TreatmentRules read = rules(rules);
            return revision == held.wordRevision()
              ? Future.succeededFuture(new Sensitivity(read, held.detectors(), revision))
              : query(tx, WORDS).map(words -> new Sensitivity(read, detectors(words), revision));
          })
      );
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql) {
    return tx.sql().preparedQuery(sql).execute();
  }

  /** A kind or treatment of a later version is left out: this one can't know what it means. */
  private static TreatmentRules rules(RowSet<Row> rows) {
    List<TreatmentRule> rules = new ArrayList<>();
    for (Row row : rows) {
      String kind = row.getString("kind");
      Optional<Kind> known = Optional.ofNullable(kind).flatMap(Kind::of);
      Optional<Treatment> treatment = Treatment.of(row.getString("treatment"));
      if (treatment.isPresent() && (kind == null || known.isPresent())) {
        rules.add(
          new TreatmentRule(
            row.getLong("id"),
            Optional.ofNullable(row.getUUID("department_id")),
            Optional.ofNullable(row.getString("model")),
            known,
            treatment.get()
          )
        );
      }
    }
    return new TreatmentRules(rules);
  }

  private static Detectors detectors(RowSet<Row> rows) {
    List<String> words = new ArrayList<>();
    rows.forEach(row -> words.add(row.getString("word")));
    return new Detectors(new WordList(words));
  }
}
