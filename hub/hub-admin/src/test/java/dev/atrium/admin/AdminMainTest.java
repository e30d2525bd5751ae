package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdminMainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return AdminMain.run(args, Map.of(), new PrintWriter(out, true), new PrintWriter(err, true));
  }

  @Test
  void refusesACommandThatItDoesNotKnow() {
    assertThat(run("nonsense")).isEqualTo(AdminException.USAGE);
    assertThat(run("audit", "nonsense")).isEqualTo(AdminException.USAGE);
    assertThat(err.toString()).contains("nonsense");
  }

  @Test
  void asksWhichCommandWhenNoneIsGiven() {
    assertThat(run("audit")).isEqualTo(AdminException.USAGE);
    assertThat(err.toString()).contains("Which command of `audit`?");
  }

  @Test
  void showsItsHelp() {
    assertThat(run("audit", "--help")).isZero();
    assertThat(out.toString()).contains("audit");
  }
}
