package dev.atrium.admin;

import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Points in time as people write them, in the organisation's time zone. */
final class Moments {

  private static final Pattern SPAN = Pattern.compile("(\\d{1,5})([mhdw])");

  private Moments() {}

  /**
   * {@code 2026-12-31} (its beginning), {@code 2026-12-31T18:00} or the same with an offset.
   *
   * @throws AdminException if it is none of these
   */
  static OffsetDateTime at(Work work, String text) throws SQLException {
    try {
      if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
        return LocalDate.parse(text).atStartOfDay(zone(work)).toOffsetDateTime();
      }
      if (text.matches("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?")) {
        return LocalDateTime.parse(text).atZone(zone(work)).toOffsetDateTime();
      }
      return OffsetDateTime.parse(text);
    } catch (DateTimeException e) {
      throw new AdminException(
        AdminException.USAGE,
        "“" + text + "” is no time. Say something like 2026-12-31 or 2026-12-31T18:00.",
        e
      );
    }
  }

  private static ZoneId zone(Work work) throws SQLException {
    return ZoneId.of(
      work.row("SELECT time_zone FROM organisation").orElseThrow().get("time_zone").toString()
    );
  }

  /** {@code 30m}, {@code 12h}, {@code 3d} or {@code 2w} from now. */
  static OffsetDateTime in(String text) {
    Matcher span = SPAN.matcher(text);
    if (!span.matches()) {
      throw new AdminException(
        AdminException.USAGE,
        "“" + text + "” is no span of time. Say something like 12h, 3d or 2w."
      );
    }
    long number = Long.parseLong(span.group(1));
    return OffsetDateTime.now().plus(
        switch (span.group(2)) {
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          case "d" -> Duration.ofDays(number);
          default -> Duration.ofDays(7 * number);
        }
      );
  }
}
