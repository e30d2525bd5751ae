package dev.atrium.policy.sensitive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that are made to be slow to read: four times as long may take about four times the time. */
class LinearTimeTest {

  private static final int SMALL = 250_000;
  private static final int TIMES = 4;
  /** Far from the 16 of a quadratic scan, and far enough from 4 for a busy machine. */
  private static final double MOST_GROWTH = 9;
  private static final Detectors DETECTORS = new Detectors(
    new WordList(
      List.of(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
        "aaaaaaaaaaaaaab",
        "aaaaaaab",
        "a a b",
        "密密密密口"
      )
    )
  );

  @ParameterizedTest
  @ValueSource(
    strings = {
      "a",
      "1",
      "1 ",
      "1-",
      "12 ",
      "4111 ",
      "4111111111111111",
      "+",
      "+1",
      "+1 ",
      "+1(2) ",
      "@",
      "a@",
      "a@a.",
      "a@a.aa.",
      "a.a-",
      "DE8",
      "DE89 ",
      "DE89370400440532013001",
      "-----BEGIN ",
      "-----BEGIN PRIVATE KEY-----",
      "eyJ",
      "eyJ.",
      "eyJhbGciOiJIUzI1NiJ9.",
      "password=",
      "password=\"",
      "password:password ",
      "://",
      "://a:",
      "密码是",
      "密",
      "ghp_",
      "xoxb-",
      "[PHONE_",
      "[PHONE_1] ",
      "a a ",
      "hooks.slack.com/services/",
      "=",
      ":",
      "\u200B",
      "110105194912310021 ",
      "86 ",
      "0086",
    }
  )
  void readsHostileTextsInLinearTime(String unit) {
    String small = unit.repeat(SMALL / unit.length());
    String large = unit.repeat(TIMES * (SMALL / unit.length()));
    read(small);
    long shortest = Math.max(read(small), 4_000_000);
    double growth = (double) read(large) / shortest;
    for (int again = 0; growth > MOST_GROWTH && again < 3; again++) {
      growth = Math.min(growth, (double) read(large) / Math.max(read(small), 4_000_000));
    }
    assertThat(growth).as("growth of time for “%s”", unit).isLessThan(MOST_GROWTH);
  }

  /** Detects, makes pseudonyms, masks and puts back; nanoseconds. */
  private static long read(String text) {
    long begin = System.nanoTime();
    DETECTORS.find(text, EnumSet.allOf(Kind.class));
    Pseudonyms.Maker maker = new Pseudonyms.Maker(List.of(text));
    maker.add(Kind.PHONE, "+1 555 234 5678");
    Pseudonyms pseudonyms = maker.made();
    Restorer restorer = new Restorer(pseudonyms);
    String masked = pseudonyms.mask(text);
    for (int i = 0; i < masked.length(); i += 16) {
      restorer.read(masked.substring(i, Math.min(masked.length(), i + 16)));
    }
    assertThat(restorer.held().length()).isLessThanOrEqualTo(Restorer.MOST_HELD);
    return System.nanoTime() - begin;
  }
}
