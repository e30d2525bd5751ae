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

  private static final int MOST = 6;
  static final Templates TEMPLATES = new Templates("facts");

  /** A text that tells what is asked, or one that tells all but that. */
  static Passage draw(Draw draw, boolean tells, List<Relation> relations) {
    var asked = fact(draw, draw.pick(relations), null);
    var facts = new ArrayList<Fact>();
    facts.add(asked);
    int count = (tells ? 1 : 2) + draw.random().nextInt(MOST);
    int fillers = 0;
    while (facts.size() + fillers < count) {
      int chance = draw.random().nextInt(20);
      if (facts.size() > 1 && chance < 4) {
        fillers++;
      } else {
        add(draw, facts, chance < 11 ? asked.relation : other(draw, asked), chance >= 15);
      }
    }
    var told = draw.shuffled(tells ? facts : facts.subList(1, facts.size()));
    var lines = new ArrayList<String>();
    told.forEach(fact -> lines.add(fact.sentence));
    for (; fillers > 0; fillers--) {
      var line = Draw.sentence(draw.wording(TEMPLATES, "filler", Map.of()));
      if (!lines.contains(line)) lines.add(draw.random().nextInt(lines.size() + 1), line);
    }
    return new Passage(draw.language(), List.copyOf(told), List.copyOf(lines), asked);
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
    var told = draw.wording(TEMPLATES, relation.section("told"), slots(subject, value));
    return new Fact(relation, subject, value, Draw.sentence(told));
  }

  private static Map<String, String> slots(String subject, String value) {
    return Map.of("s", subject, "v", value);
  }

  /** The question for the fact, in the language of the draw. */
  String question(Draw draw) {
    var asked = draw.wording(
      TEMPLATES,
      asked().relation.section("asked"),
      slots(asked().subject, asked().value)
    );
    return draw.typed(asked);
  }

  /** The short sentence that answers it. */
  String answer(Draw draw) {
    return draw.fixed(
      TEMPLATES,
      asked.relation.section("answer"),
      slots(asked.subject, asked.value)
    );
  }

  /** What gets a number: each line, or a paragraph of every two. */
  List<String> sources(boolean inPairs) {
    if (!inPairs) return lines;
    var out = new ArrayList<String>();
    for (int i = 0; i < lines.size(); i += 2) {
      out.add(String.join(between(), lines.subList(i, Math.min(i + 2, lines.size()))));
    }
    return out;
  }

  /** Line by line, each behind its number: {@code [1] …}. */
  static String numbered(List<String> sources) {
    var out = new ArrayList<String>();
    for (int i = 0; i < sources.size(); i++) out.add("[" + (i + 1) + "] " + sources.get(i));
    return String.join("\n", out);
  }

  /** As one paragraph, or with a line for each sentence. */
  String plain(boolean byLine) {
    return String.join(byLine ? "\n" : between(), lines);
  }

  private String between() {
    return language == Language.EN ? " " : "";
  }

  /** The whole of what a user types: the text and the question, one framed by the other. */
  static String framed(Draw draw, String passage, String question) {
    return draw.wording(TEMPLATES, "frame", Map.of("passage", passage, "question", question));
  }
}
