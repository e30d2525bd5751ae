package dev.atrium.starter.corpus;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Reads grammar files. A line begins with what it is: {@code @rule} a list of alternatives (on the
 * same line and the following ones, separated by {@code " | "}), {@code = intent} with options
 * {@code after=a,b} and {@code weight=2}, {@code ?} a question, {@code ~} a question held out of
 * training, {@code !} an answer, {@code #} a remark.
 */
final class GrammarReader {

  private static final java.util.regex.Pattern BETWEEN = java.util.regex.Pattern.compile(" \\| ");

  private final Grammar grammar;
  private final List<Intent> intents = new ArrayList<>();
  private String rule = "";
  private IntentLines open;

  GrammarReader(Grammar grammar) {
    this.grammar = grammar;
  }

  List<Intent> intents() {
    return List.copyOf(intents);
  }

  /**
   * @throws IllegalArgumentException with file and line when a line can't be read
   */
  void read(String family, Language language) {
    var file = family + "." + language.name().toLowerCase(Locale.ROOT) + ".txt";
    int number = 0;
    try (
      var stream = Objects.requireNonNull(GrammarReader.class.getResourceAsStream(file), file);
      var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
    ) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        if (!line.isBlank() && !line.startsWith("#")) take(line.strip(), family, language);
      }
      close();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ":" + number + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(String line, String family, Language language) {
    var rest = line.substring(1).strip();
    switch (line.charAt(0)) {
      case '@' -> {
        close();
        int space = rest.indexOf(' ');
        rule = space < 0 ? rest : rest.substring(0, space);
        if (space > 0) alternatives(rest.substring(space + 1));
      }
      case '=' -> {
        close();
        open = new IntentLines(rest, family, language);
      }
      case '?' -> lines().questions.add(Pattern.parse(rest));
      case '~' -> lines().heldOut.add(Pattern.parse(rest));
      case '!' -> lines().answers.add(Pattern.parse(rest));
      default -> alternatives(line);
    }
  }

  private void alternatives(String line) {
    if (rule.isEmpty()) throw new IllegalArgumentException("no rule is open for: " + line);
    for (var alternative : BETWEEN.split(line)) grammar.add(rule, alternative.strip());
  }

  private IntentLines lines() {
    if (open == null) throw new IllegalArgumentException("no intent is open");
    return open;
  }

  private void close() {
    if (open != null) intents.add(open.intent());
    open = null;
    rule = "";
  }

  /** The lines of one intent while they are read. */
  private static final class IntentLines {

    private final String name;
    private final String family;
    private final Language language;
    private List<String> after = List.of();
    private double weight = 1;
    private final List<Pattern> questions = new ArrayList<>();
    private final List<Pattern> heldOut = new ArrayList<>();
    private final List<Pattern> answers = new ArrayList<>();

    private IntentLines(String head, String family, Language language) {
      this.family = family;
      this.language = language;
      var words = head.split(" +", -1);
      name = words[0];
      for (int i = 1; i < words.length; i++) {
        if (words[i].startsWith("after=")) after = List.of(words[i].substring(6).split(",", -1));
        else if (words[i].startsWith("weight=")) weight = Double.parseDouble(words[i].substring(7));
        else throw new IllegalArgumentException("unknown option " + words[i]);
      }
    }

    private Intent intent() {
      if (questions.isEmpty() || answers.isEmpty()) {
        throw new IllegalArgumentException(name + " needs questions and answers");
      }
      return new Intent(
        name,
        family,
        language,
        after,
        weight,
        List.copyOf(questions),
        List.copyOf(heldOut),
        List.copyOf(answers)
      );
    }
  }
}
