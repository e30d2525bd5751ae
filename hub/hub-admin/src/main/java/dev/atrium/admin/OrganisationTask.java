package dev.atrium.admin;

import java.sql.SQLException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code deploy/atrium budget settings}. */
@Command(
  name = "settings",
  description = "Shows or sets the time zone in which periods begin, the currency, and whether models without a price cost nothing.",
  mixinStandardHelpOptions = true
)
final class OrganisationTask extends Task {

  private static final String READ =
    "SELECT time_zone, currency, coalesce(free_models, false) AS free_models FROM organisation";

  @Option(names = "--time-zone", paramLabel = "ZONE", description = "Such as Asia/Shanghai.")
  private String zone;

  @Option(names = "--currency", paramLabel = "CODE", description = "Such as EUR; only a name.")
  private String currency;

  @Option(
    names = "--free-models",
    paramLabel = "on|off",
    description = "Whether a model that comes without a price costs nothing, or can't be used before it has one."
  )
  private FreeModels freeModels;

  enum FreeModels {
    on,
    off,
  }

  @Override
  int run(Work work) throws SQLException {
    Map<String, Object> before = work.row(READ + " FOR UPDATE").orElseThrow();
    if (
      zone != null && work.row("SELECT name FROM pg_timezone_names WHERE name = ?", zone).isEmpty()
    ) {
      throw Directory.missing("time zone", zone);
    }
    if (zone != null || currency != null || freeModels != null) {
      work.change(
        "UPDATE organisation SET time_zone = coalesce(?, time_zone), currency = coalesce(?, currency), free_models = coalesce(?, free_models)",
        zone,
        currency,
        freeModels == null ? null : freeModels == FreeModels.on
      );
    }
    Map<String, Object> after = work.row(READ).orElseThrow();
    if (!after.equals(before)) {
      work.record("organisation.set", "organisation", 1, before, after);
    }
    done(
      "Time zone %s, currency %s; a model without a price %s.".formatted(
        after.get("time_zone"),
        after.get("currency"),
        after.get("free_models").equals(true) ? "costs nothing" : "can't be used"
      ),
      after
    );
    return 0;
  }
}
