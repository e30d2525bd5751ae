package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code prompt} as an operator types it. */
class PromptCommandTest extends CommandTest {

  @BeforeAll
  void models() {
    sql("INSERT INTO model (name, kind, title) VALUES ('large', 'chat', 'L')");
  }

  @Test
  void publishesOneInPlaceOfAnotherAndNeverChangesOne(@TempDir Path files) throws IOException {
    Path text = files.resolve("prompt.txt");
    Files.writeString(text, "You work for Acme. 你好\n");
    assertThat(run("prompt", "show", "large")).isEqualTo(AdminException.NOT_FOUND);
    ok("prompt", "publish", "large", text.toString());
    ok("prompt", "show", "large");
    assertThat(out).isEqualTo("You work for Acme. 你好\n");
    Files.writeString(text, "Be brief.");
    ok("prompt", "publish", "large", text.toString(), "--json");
    String id = json().get("prompt").asText();
    assertThat(lastAudit("prompt.publish").at("/details/after/prompt").asText()).isEqualTo(id);
    assertThat(
      sql("SELECT string_agg(text, '|' ORDER BY published_at) FROM system_prompt")
    ).isEqualTo("You work for Acme. 你好|Be brief.");
    ok("prompt", "retire", "large");
    assertThat(run("prompt", "retire", "large")).isEqualTo(AdminException.NOT_FOUND);
    assertThat(sql("SELECT count(*) FROM system_prompt WHERE retired_at IS NULL")).isEqualTo("0");
  }

  @Test
  void refusesWhatIsNoTextOrNoModel(@TempDir Path files) throws IOException {
    Path text = files.resolve("prompt.txt");
    Files.writeString(text, " \n");
    assertThat(run("prompt", "publish", "large", text.toString())).isEqualTo(
      AdminException.BAD_FILE
    );
    Files.writeString(text, "x".repeat(20_001));
    assertThat(run("prompt", "publish", "large", text.toString())).isEqualTo(
      AdminException.BAD_FILE
    );
    Files.write(text, new byte[] { (byte) 0xff, 'a' });
    assertThat(run("prompt", "publish", "large", text.toString())).isEqualTo(
      AdminException.BAD_FILE
    );
    Files.writeString(text, "fine");
    assertThat(run("prompt", "publish", "huge", text.toString())).isEqualTo(
      AdminException.NOT_FOUND
    );
  }
}
