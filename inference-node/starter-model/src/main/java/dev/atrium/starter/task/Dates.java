package dev.atrium.starter.task;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Map;

/**
 * What date or weekday some days from today is, today being given. It is refused: of two weeks around
 * today a network of this size got 4 % right.
 */
final class Dates implements TaskFamily {

  private static final int MOST_DAYS = 14;
  private static final List<String> KINDS = List.of(
    "yesterday",
    "tomorrow",
    "after-tomorrow",
    "in-days",
    "in-days",
    "week",
    "two-weeks",
    "next",
    "next",
    "next-week",
    "weekday",
    "far"
  );

  private final Templates templates = new Templates("dates");

  @Override
  public String name() {
    return "dates";
  }

  @Override
  public Task draw(Draw draw) {
    var kind = draw.pick(KINDS);
    // Most of the time inside one month: that is what can be learned best.
    boolean anywhere = draw.once(5);
    LocalDate today;
    LocalDate day;
    do {
      today = draw.entities().date();
      day = day(kind, today, draw);
    } while (!anywhere && !kind.equals("far") && day.getMonth() != today.getMonth());
    int days = (int) (day.toEpochDay() - today.toEpochDay());

    var slots = Map.of(
      "n",
      Integer.toString(days),
      "weekday",
      weekday(draw, day.getDayOfWeek()),
      "day",
      draw.entities().day(day)
    );
    var given = draw.wording(
      templates,
      "today",
      Map.of("weekday", weekday(draw, today.getDayOfWeek()), "date", date(draw, today))
    );
    var asked = draw.wording(templates, "ask." + kind, slots);
    var question = draw.once(4)
      ? asked + draw.say(" (", "（") + given + draw.say(")", "）")
      : given + (draw.once(2) ? draw.say(", ", "，") : draw.say(". ", "。")) + asked;
    return Limit.refused(draw, name(), Facts.typed(draw, question), templates);
  }

  private static LocalDate day(String kind, LocalDate today, Draw draw) {
    var random = draw.random();
    return switch (kind) {
      case "yesterday" -> today.minusDays(1);
      case "tomorrow" -> today.plusDays(1);
      case "after-tomorrow" -> today.plusDays(2);
      case "in-days", "weekday" -> today.plusDays(2 + random.nextInt(MOST_DAYS - 1));
      case "week" -> today.plusWeeks(1);
      case "two-weeks" -> today.plusWeeks(2);
      case "next" -> today.with(TemporalAdjusters.next(draw.pick(List.of(DayOfWeek.values()))));
      case "next-week" -> today
        .with(TemporalAdjusters.next(DayOfWeek.MONDAY))
        .with(TemporalAdjusters.nextOrSame(draw.pick(List.of(DayOfWeek.values()))));
      case "far" -> today.plusDays(MOST_DAYS + 1 + random.nextInt(200));
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static String weekday(Draw draw, DayOfWeek day) {
    return draw.entities().weekday(day);
  }

  private static String date(Draw draw, LocalDate date) {
    var day = draw.entities().day(date);
    return draw.say(day + " " + date.getYear(), date.getYear() + "年" + day);
  }
}
