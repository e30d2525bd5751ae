package dev.atrium.admin;

import dev.atrium.policy.sensitive.WordList;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium sensitive words …}. The audit names words by their numbers alone. */
@Command(
  name = "words",
  description = "The company's own words: names of projects, customers, whatever must not be sent as it is.",
  mixinStandardHelpOptions = true,
  subcommands = {
    WordsCommand.ListAll.class,
    WordsCommand.Add.class,
    WordsCommand.Remove.class,
    WordsCommand.Import.class,
  }
)
final class WordsCommand implements Runnable {

  private static final long LARGEST_FILE = 4L << 20;

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `sensitive words`?");
  }

  @Command(name = "list", description = "All words.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("number", "word"),
        work.rows("SELECT id AS number, word FROM sensitive_word ORDER BY id")
      );
      return 0;
    }
  }

  @Command(
    name = "add",
    description = "Adds words. Case, width and the number of spaces make no difference.",
    mixinStandardHelpOptions = true
  )
  static final class Add extends Task {

    @Parameters(paramLabel = "WORD", arity = "1..*")
    private List<String> words;

    @Override
    int run(Work work) throws SQLException {
      List<Object> added = WordsCommand.add(work, words);
      if (!added.isEmpty()) {
        work.record(
          "sensitive.words_add",
          "sensitive_word",
          added.getFirst(),
          Map.of(),
          Map.of("words", added)
        );
      }
      done(said(added.size(), words.size()), counts(added.size(), words.size()));
      return 0;
    }
  }

  @Command(
    name = "import",
    description = "Adds the words of a file: UTF-8, one a line; empty lines and lines that begin with # are left out.",
    mixinStandardHelpOptions = true
  )
  static final class Import extends Task {

    @Parameters(paramLabel = "FILE")
    private Path file;

    @Override
    int run(Work work) throws SQLException {
      List<String> words = read(file);
      List<Object> added = WordsCommand.add(work, words);
      if (!added.isEmpty()) {
        Map<String, Object> after = new LinkedHashMap<>();
        after.put("count", added.size());
        after.put("first", added.getFirst());
        after.put("last", added.getLast());
        work.record("sensitive.words_add", "sensitive_word", added.getFirst(), Map.of(), after);
      }
      done(said(added.size(), words.size()), counts(added.size(), words.size()));
      return 0;
    }

    private static List<String> read(Path file) {
      return TextFile.read(file, LARGEST_FILE)
        .orElseThrow(() ->
          new AdminException(
            AdminException.BAD_FILE,
            file + " is larger than " + (LARGEST_FILE >> 20) + " MiB."
          )
        )
        .replaceFirst("^\uFEFF", "")
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
    }
  }

  @Command(name = "remove", description = "Removes words.", mixinStandardHelpOptions = true)
  static final class Remove extends Task {

    @Parameters(paramLabel = "WORD", arity = "1..*")
    private List<String> words;

    @Override
    int run(Work work) throws SQLException {
      List<Object> removed = new ArrayList<>();
      for (String word : words) {
        removed.add(
          work
            .row(
              "DELETE FROM sensitive_word WHERE normalised = ? RETURNING id",
              WordList.normalised(word)
            )
            .orElseThrow(() -> Directory.missing("word", word))
            .get("id")
        );
      }
      work.record(
        "sensitive.words_remove",
        "sensitive_word",
        removed.getFirst(),
        Map.of("words", removed),
        Map.of()
      );
      done("Removed " + removed.size() + " words.", Map.of("removed", removed.size()));
      return 0;
    }
  }

  /** The numbers of those that were not there. One statement, so that hubs read the list once. */
  private static List<Object> add(Work work, List<String> words) throws SQLException {
    List<Map<String, String>> rows = new ArrayList<>();
    for (String given : words) {
      String word = given.strip();
      String normal = WordList.normalised(word);
      if (normal.isEmpty() || word.length() > WordList.LONGEST) {
        throw new AdminException(
          AdminException.USAGE,
          "“" +
          word +
          "” can't be a word of the list: it needs 1 to " +
          WordList.LONGEST +
          " characters."
        );
      }
      rows.add(Map.of("word", word, "normalised", normal));
    }
    return work
      .rows(
        """
        INSERT INTO sensitive_word (word, normalised)
        SELECT w ->> 'word', w ->> 'normalised' FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY AS j(w, n)
        ORDER BY n ON CONFLICT DO NOTHING RETURNING id""",
        Work.json(rows)
      )
      .stream()
      .map(row -> row.get("id"))
      .toList();
  }

  private static String said(int added, int given) {
    return (
      "Added " +
      added +
      " words" +
      (added < given ? "; " + (given - added) + " were there already." : ".")
    );
  }

  private static Map<String, Object> counts(int added, int given) {
    return Map.of("added", added, "present", given - added);
  }
}
