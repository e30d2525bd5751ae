package dev.atrium.admin;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium budget price …}. */
@Command(
  name = "price",
  description = "What a million tokens of each model cost. A model without a price can't be used.",
  mixinStandardHelpOptions = true,
  subcommands = { PriceCommand.ListAll.class, PriceCommand.Set.class }
)
final class PriceCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `budget price`?");
  }

  @Command(
    name = "list",
    description = "All prices, and the models that have none.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      List<Map<String, Object>> rows = work.rows(
        """
        SELECT m.name AS model, p.input_per_million, p.cached_per_million, p.output_per_million,
          p.valid_from, p.valid_to,
          CASE WHEN p.id IS NULL THEN 'no price' WHEN p.valid_from > now() THEN 'later'
            WHEN p.valid_to <= now() OR EXISTS (SELECT FROM price n WHERE n.model = p.model
              AND n.valid_from <= now() AND n.valid_from > p.valid_from) THEN 'past'
            ELSE 'in force' END AS state
        FROM model m LEFT JOIN price p ON p.model = m.name ORDER BY m.name, p.valid_from"""
      );
      if (!json()) {
        for (Map<String, Object> row : rows) {
          row.put("input", Money.words(row.get("input_per_million")));
          row.put("cached", Money.words(row.get("cached_per_million")));
          row.put("output", Money.words(row.get("output_per_million")));
        }
      }
      table(List.of("model", "state", "input", "cached", "output", "valid_from", "valid_to"), rows);
      return 0;
    }
  }

  @Command(
    name = "set",
    description = "Sets what a million tokens cost, in units of the organisation's currency. The price that began last is in force; an answer keeps the one it began with.",
    mixinStandardHelpOptions = true
  )
  static final class Set extends Task {

    @Parameters(paramLabel = "MODEL")
    private String model;

    @Option(names = "--input", required = true, paramLabel = "AMOUNT", description = "Of prompts.")
    private String input;

    @Option(names = "--output", required = true, paramLabel = "AMOUNT", description = "Of answers.")
    private String output;

    @Option(
      names = "--cached",
      paramLabel = "AMOUNT",
      description = "Of the part of a prompt that was computed before (default: as --input)."
    )
    private String cached;

    @Option(names = "--from", paramLabel = "TIME", description = "When it begins (default: now).")
    private String from;

    @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "When it ends, and the model with it unless another price has begun."
    )
    private String until;

    @Override
    int run(Work work) throws SQLException {
      if (work.row("SELECT name FROM model WHERE name = ?", model).isEmpty()) {
        throw new AdminException(
          AdminException.NOT_FOUND,
          "There is no model “" + model + "”. A model is known once a node has run it."
        );
      }
      Map<String, Object> set = work
        .row(
          """
          INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from, valid_to)
          VALUES (?, ?, ?, ?, coalesce(?::timestamptz, now()), ?::timestamptz)
          RETURNING id, model, input_per_million, cached_per_million, output_per_million, valid_from, valid_to""",
          model,
          Money.micros(input),
          Money.micros(cached == null ? input : cached),
          Money.micros(output),
          from == null ? null : Moments.at(work, from),
          until == null ? null : Moments.at(work, until)
        )
        .orElseThrow();
      Map<String, Object> after = new LinkedHashMap<>(set);
      work.record("price.set", "model", model, Map.of(), after);
      done(
        "A million tokens of “" +
        model +
        "” cost " +
        input +
        " read, " +
        (cached == null ? input : cached) +
        " cached and " +
        output +
        " written, from " +
        set.get("valid_from") +
        ".",
        set
      );
      return 0;
    }
  }
}
