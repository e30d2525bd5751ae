package dev.atrium.admin;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium prompt …}: what a model is told before every conversation with it. */
@Command(
  name = "prompt",
  description = "What a model is told before every conversation with it, whoever has it.",
  mixinStandardHelpOptions = true,
  subcommands = {
    PromptCommand.Show.class, PromptCommand.Publish.class, PromptCommand.Retire.class,
  }
)
final class PromptCommand implements Runnable {

  private static final int LONGEST = 20_000;
  private static final String RETIRE =
    "UPDATE system_prompt SET retired_at = clock_timestamp() WHERE model = ? AND retired_at IS NULL RETURNING id";

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `prompt`?");
  }

  @Command(name = "show", description = "What is in force.", mixinStandardHelpOptions = true)
  static final class Show extends Task {

    @Parameters(paramLabel = "MODEL")
    private String model;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> prompt = work
        .row(
          "SELECT id, model, text, published_at FROM system_prompt WHERE model = ? AND retired_at IS NULL",
          model
        )
        .orElseThrow(() -> Directory.missing("prompt of the model", model));
      done(prompt.get("text").toString(), prompt);
      return 0;
    }
  }

  @Command(
    name = "publish",
    description = "Puts the text of a file (UTF-8) in force, in place of what was. Answers that are being written go on as they began.",
    mixinStandardHelpOptions = true
  )
  static final class Publish extends Task {

    @Parameters(paramLabel = "MODEL", index = "0")
    private String model;

    @Parameters(paramLabel = "FILE", index = "1")
    private Path file;

    @Override
    int run(Work work) throws SQLException {
      String text = read(file);
      if (!new Directory(work).model(model).get("kind").equals("chat")) {
        throw Directory.missing("model", model);
      }
      Optional<Object> before = work.row(RETIRE, model).map(row -> row.get("id"));
      Object id = work
        .row("INSERT INTO system_prompt (model, text) VALUES (?, ?) RETURNING id", model, text)
        .orElseThrow()
        .get("id");
      work.record(
        "prompt.publish",
        "model",
        model,
        before.<Map<String, Object>>map(old -> Map.of("prompt", old)).orElse(Map.of()),
        Map.of("prompt", id)
      );
      done(model + " is told this from now on.", Map.of("model", model, "prompt", id));
      return 0;
    }

    private static String read(Path file) {
      return TextFile.read(file, 4L * LONGEST)
        .filter(text -> !text.isBlank() && text.codePointCount(0, text.length()) <= LONGEST)
        .map(String::strip)
        .orElseThrow(() ->
          new AdminException(
            AdminException.BAD_FILE,
            file + " must hold 1 to " + LONGEST + " characters."
          )
        );
    }
  }

  @Command(
    name = "retire",
    description = "The model is told nothing any more.",
    mixinStandardHelpOptions = true
  )
  static final class Retire extends Task {

    @Parameters(paramLabel = "MODEL")
    private String model;

    @Override
    int run(Work work) throws SQLException {
      Object id = work
        .row(RETIRE, model)
        .orElseThrow(() -> Directory.missing("prompt of the model", model))
        .get("id");
      work.record("prompt.retire", "model", model, Map.of("prompt", id), Map.of());
      done(model + " is told nothing any more.", Map.of("model", model, "prompt", id));
      return 0;
    }
  }
}
