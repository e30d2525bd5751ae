package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A text of one to six sentences that tell facts, and a fact to ask for. Mostly the same relation of
 * other subjects and other relations of the same subject stand beside it, so that only who reads both
 * finds the right one.
 *
 * @param told the facts of the text, in its order
 * @param lines its sentences; those that tell nothing are among them
 * @param asked the fact that is asked for
 */
record Passage(Language language, List<Fact> told, List<String> lines, Fact asked) {
  /** {@code subject} has {@code value}, as {@code sentence} says. */
  record Fact(Relation relation, String subject, String value, String sentence) {
    private boolean isMixedUpWith(Fact other) {
      return (
        (overlap(subject, other.subject) && !subject.equals(other.subject)) ||
        overlap(value, other.value) ||
        overlap(subject, other.value) ||
        overlap(value, other.subject)
      );
    }

    private static boolean overlap(String one, String other) {
      return one.contains(other) || other.contains(one);
    }
  }

  static final Templates TEMPLATES = new Templates("facts");

  /** How many facts a text tells, one of these by chance; in the course of training more and more. */
  private static final List<Integer> FACTS = List.of(1, 1, 1, 2, 2, 2, 3, 3, 3, 4);
  private static final double TWO = 0.15;
  private static final double THREE = 0.35;
  private static final double FOUR = 0.6;
  /** From here on one subject may have several facts, and things that nobody asks for are told too. */
  private static final double MIXED = 0.45;
  private static final int TRIES = 8;

  /** A text that tells what is asked, or one that tells all but that. */
  static Passage draw(Draw draw, boolean tells, List<Relation> relations) {
    var asked = fact(draw, draw.pick(relations), null);
    var facts = new ArrayList<Fact>();
    facts.add(asked);
    int count = count(draw) + (tells ? 0 : 1);
    while (facts.size() < count) {
      boolean same = draw.after(MIXED) && draw.once(tells ? 6 : 3);
      add(draw, facts, draw.once(2) && !same ? asked.relation : other(draw, asked), same);
    }
    var told = draw.shuffled(tells ? facts : facts.subList(1, facts.size()));
    var lines = new ArrayList<String>();
    told.forEach(fact -> lines.add(fact.sentence));
    if (draw.after(MIXED) && lines.size() < 4 && draw.once(6)) {
      var line = Draw.sentence(draw.part(TEMPLATES, "filler", Map.of()));
      lines.add(draw.random().nextInt(lines.size() + 1), line);
    }
    return new Passage(draw.language(), List.copyOf(told), List.copyOf(lines), asked);
  }

  private static int count(Draw draw) {
    int most = !draw.after(TWO) ? 1 : !draw.after(THREE) ? 2 : !draw.after(FOUR) ? 3 : 4;
    return Math.min(most, draw.pick(FACTS));
  }

  /** What can be asked in one language of a text in the other. */
  static List<Relation> travelling() {
    return Relation.all()
      .stream()
      .filter(relation -> relation.subject().travels() && relation.value().travels())
      .toList();
  }

  /** A text of one fact for each of the relations, in their order. */
  static Passage of(Draw draw, List<Relation> relations) {
    var facts = new ArrayList<Fact>();
    for (var relation : relations) add(draw, facts, relation, false);
    var lines = facts.stream().map(Fact::sentence).toList();
    return new Passage(draw.language(), List.copyOf(facts), lines, facts.getFirst());
  }

  private static Relation other(Draw draw, Fact asked) {
    return draw.pick(
      draw.once(3)
        ? Relation.all()
        : asked.relation
          .ofSameSubject()
          .stream()
          .filter(r -> r != asked.relation)
          .toList()
    );
  }

  private static void add(Draw draw, List<Fact> facts, Relation relation, boolean ofTheSame) {
    var asked = facts.isEmpty() ? null : facts.getFirst();
    var same =
      ofTheSame && asked.relation != relation && asked.relation.subject() == relation.subject();
    while (true) {
      var fact = fact(draw, relation, same ? asked.subject : null);
      if (
        facts.stream().noneMatch(fact::isMixedUpWith) &&
        facts.stream().noneMatch(f -> twice(f, fact))
      ) {
        facts.add(fact);
        return;
      }
      // The subject has this told already: another one.
      same = false;
    }
  }

  private static boolean twice(Fact one, Fact other) {
    return one.relation == other.relation && one.subject.equals(other.subject);
  }

  private static Fact fact(Draw draw, Relation relation, String of) {
    var subject = of == null ? relation.subject().draw(draw.entities()) : of;
    var value = switch (relation) {
      case MAIL -> draw.entities().mail(subject);
      case OPENS -> draw.entities().time(6, 10);
      default -> relation.value().draw(draw.entities());
    };
    return new Fact(relation, subject, value, told(draw, relation, subject, value));
  }

  /**
   * Mostly a sentence that names the subject before the value, at first always: then the question says
   * how the sentence begins that has to be found.
   */
  private static String told(Draw draw, Relation relation, String subject, String value) {
    boolean anyOrder = draw.after(MIXED) && draw.once(6);
    var sentence = "";
    for (int i = 0; i < TRIES; i++) {
      sentence = Draw.sentence(
        draw.part(TEMPLATES, relation.section("told"), slots(subject, value))
      );
      if (anyOrder || sentence.indexOf(subject) < sentence.indexOf(value)) break;
    }
    return sentence;
  }

  private static Map<String, String> slots(String subject, String value) {
    return Map.of("s", subject, "v", value);
  }

  /** The question for the fact, in the language of the draw; mostly in words of the text. */
  String question(Draw draw) {
    boolean alike = !draw.inUnseenWordings() && draw.random().nextInt(3) > 0;
    var question = "";
    for (int i = 0; i < TRIES; i++) {
      question = draw.wording(
        TEMPLATES,
        asked.relation.section("asked"),
        slots(asked.subject, asked.value)
      );
      if (!alike || shareAWord(question)) break;
    }
    return question;
  }

  /** Whether question and sentence have more in common than the subject. */
  private boolean shareAWord(String question) {
    var sentence = asked.sentence.replace(asked.subject, "#").replace(asked.value, "#");
    var words = question.replace(asked.subject, "#");
    int length = language == Language.EN ? 5 : 2;
    for (int i = 0; i + length <= words.length(); i++) {
      var piece = words.substring(i, i + length);
      if (piece.codePoints().allMatch(Character::isLetter) && sentence.contains(piece)) return true;
    }
    return false;
  }

  /** The whole of what a user types: the text, as one paragraph or line by line, and the question. */
  String framed(Draw draw) {
    boolean byLine = draw.once(3);
    var numbered = new ArrayList<String>();
    for (var line : lines) numbered.add("[" + (numbered.size() + 1) + "] " + line);
    var text = draw.once(5) ? String.join("\n", numbered) : plain(byLine);
    return Wording.question(draw, question(draw), text, Map.of());
  }

  /** The answer that shows where it stands. */
  static String quoted(Draw draw, String sentence) {
    return draw.fixed(TEMPLATES, "quote", Map.of("x", sentence));
  }

  /** As one paragraph, or with a line for each sentence. */
  String plain(boolean byLine) {
    return String.join(byLine ? "\n" : language == Language.EN ? " " : "", lines);
  }
}
