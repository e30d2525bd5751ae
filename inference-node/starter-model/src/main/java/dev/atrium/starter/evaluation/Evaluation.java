package dev.atrium.starter.evaluation;

import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Corpus;
import dev.atrium.starter.corpus.HeldOut;
import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.task.Split;
import dev.atrium.starter.task.Task;
import dev.atrium.starter.task.Tasks;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Counts right answers, greedily decoded. Right means: exactly one of the answers that the corpus
 * gives to that wish. For a refusal, any of the honest sentences in the language of the question.
 */
public final class Evaluation {

  private static final int PER_INTENT = 4;
  private static final long SEED = 20261126;

  private final Corpus corpus;
  private final Tasks tasks;
  private final Answerer answerer;
  private final int tasksPerLanguage;
  private final List<String> mistakes = new ArrayList<>();
  private final Map<Language, Tally> tallies = new EnumMap<>(Language.class);

  /**
   * @param tasksPerLanguage of each family, in held-out wordings and as many with held-out entities
   */
  public Evaluation(Corpus corpus, Tasks tasks, Answerer answerer, int tasksPerLanguage) {
    this.tasksPerLanguage = tasksPerLanguage;
    this.corpus = corpus;
    this.tasks = tasks;
    this.answerer = answerer;
  }

  /** What was refused so far, rightly and wrongly, and what should have been. */
  private static final class Tally {

    private int right;
    private int wrong;
    private int due;
  }

  /**
   * How honest it is about what it can't do, over all that was asked.
   *
   * @param precision of what it refused, that which it should refuse
   * @param recall of what it should refuse, that which it refused
   */
  public record Refusals(Count precision, Count recall) {}

  /** How many of how many. */
  public record Count(int right, int all) {
    public double share() {
      return all == 0 ? Double.NaN : (double) right / all;
    }
  }

  /** Whole answers, and of the pieces that had to be copied those that are in the answer. */
  public record Tested(Count answers, Count pieces) {}

  /** A family of tasks in wordings, and with names, numbers and dates, that were held out. */
  public record TaskCounts(Tested newWordings, Tested newEntities) {}

  /**
   * @param counts of talk, by what was asked
   * @param tasks by family
   * @param refusals by language
   * @param tokensPerSecond that all answers together were written with, sixteen chats side by side
   * @param mistakes one line for each wrong answer
   */
  public record Report(
    Map<String, Count> counts,
    Map<String, TaskCounts> tasks,
    Map<Language, Refusals> refusals,
    double tokensPerSecond,
    List<String> mistakes
  ) {}

  public Report run() {
    var counts = new LinkedHashMap<String, Count>();
    var heldOut = corpus.heldOut(PER_INTENT);
    for (var family : corpus.families()) {
      var of = heldOut
        .stream()
        .filter(q -> q.family().equals(family))
        .toList();
      counts.put("held-out wordings, " + family, count(of));
    }
    for (var language : Language.values()) {
      counts.put("help, in trained wordings, " + name(language), count(help("trained", language)));
    }
    for (var language : Language.values()) {
      counts.put("help, written by hand, " + name(language), count(help("in-scope", language)));
    }
    for (var language : Language.values()) {
      counts.put("out of scope, by hand, refused, " + name(language), count(outOfScope(language)));
    }
    var families = new LinkedHashMap<String, TaskCounts>();
    for (var family : tasks.families()) {
      families.put(
        family,
        new TaskCounts(
          tested(family, Split.UNSEEN_TEMPLATES),
          tested(family, Split.UNSEEN_ENTITIES)
        )
      );
    }
    var refusals = new EnumMap<Language, Refusals>(Language.class);
    tallies.forEach((language, t) ->
      refusals.put(
        language,
        new Refusals(new Count(t.right, t.right + t.wrong), new Count(t.right, t.due))
      )
    );
    return new Report(
      counts,
      families,
      refusals,
      answerer.tokensPerSecond(),
      List.copyOf(mistakes)
    );
  }

  /** Counts whether it refused, and whether it should have. */
  private void tally(Language language, Collection<String> right, String answer) {
    var refusals = corpus.refusals(language);
    var tally = tallies.computeIfAbsent(language, _ -> new Tally());
    boolean due = right.stream().anyMatch(refusals::contains);
    boolean refused = refusals.contains(answer);
    if (due) tally.due++;
    if (refused && due) tally.right++;
    if (refused && !due) tally.wrong++;
  }

  private Tested tested(String family, Split split) {
    var all = tasks.of(family, split, tasksPerLanguage, SEED);
    var answers = answerer.ask(all.stream().map(Task::messages).toList(), SamplingParams.GREEDY);
    int right = 0;
    int pieces = 0;
    int copied = 0;
    for (int i = 0; i < all.size(); i++) {
      var task = all.get(i);
      var answer = answers.get(i);
      tally(task.language(), task.right(), answer.text());
      if (answer.ended() && task.right().contains(answer.text())) right++;
      else mistakes.add("[" + family + "] " + last(task) + " → " + answer.text());
      pieces += task.slots().size();
      copied += (int) task.slots().stream().filter(answer.text()::contains).count();
    }
    return new Tested(new Count(right, all.size()), new Count(copied, pieces));
  }

  private static String last(Task task) {
    return task.messages().getLast().content();
  }

  private Count count(List<HeldOut> questions) {
    var chats = questions
      .stream()
      .map(q -> List.of(new ChatMessage("user", q.question())))
      .toList();
    var answers = answerer.ask(chats, SamplingParams.GREEDY);
    int right = 0;
    for (int i = 0; i < questions.size(); i++) {
      var question = questions.get(i);
      var answer = answers.get(i);
      tally(question.language(), question.right(), answer.text());
      if (answer.ended() && question.right().contains(answer.text())) right++;
      else mistakes.add(
        "[" + question.intent() + "] " + question.question() + " → " + answer.text()
      );
    }
    return new Count(right, questions.size());
  }

  /** Questions about what the model was taught: in words that training can say, or can't. */
  private List<HeldOut> help(String file, Language language) {
    return lines(file, language)
      .stream()
      .map(line -> line.split("\t", 2))
      .map(parts -> {
        var right = corpus.answers(parts[0], language);
        return new HeldOut("by hand", parts[0], language, parts[1], right);
      })
      .toList();
  }

  /** Questions about everything else, in words of a person. */
  private List<HeldOut> outOfScope(Language language) {
    Set<String> refusals = corpus.refusals(language);
    return lines("out-of-scope", language)
      .stream()
      .map(line -> new HeldOut("by hand", "out-of-scope", language, line, refusals))
      .toList();
  }

  private static String name(Language language) {
    return language.name().toLowerCase(Locale.ROOT);
  }

  private static List<String> lines(String name, Language language) {
    var file = name + "." + name(language) + ".txt";
    try (
      var in = Objects.requireNonNull(Evaluation.class.getResourceAsStream(file), file);
      var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
    ) {
      return reader
        .lines()
        .filter(line -> !line.isBlank())
        .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
