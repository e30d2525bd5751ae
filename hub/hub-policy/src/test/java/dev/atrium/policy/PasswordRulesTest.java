package dev.atrium.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PasswordRulesTest {

  @Test
  void countsCharactersAndNotBytes() {
    assertThat(PasswordRules.accepts("一二三四五六七八九十", "old")).isTrue();
    assertThat(PasswordRules.accepts("一二三四五六七八九", "old")).isFalse();
    assertThat(PasswordRules.accepts("😀😀😀😀😀", "old")).isFalse();
  }

  @Test
  void refusesTheOldOneBlanksAndAnythingEndless() {
    assertThat(PasswordRules.accepts("long enough", "long enough")).isFalse();
    assertThat(PasswordRules.accepts(" ".repeat(12), "old")).isFalse();
    assertThat(PasswordRules.accepts("x".repeat(1_025), "old")).isFalse();
    assertThat(PasswordRules.fits("é".repeat(513))).isFalse();
  }
}
