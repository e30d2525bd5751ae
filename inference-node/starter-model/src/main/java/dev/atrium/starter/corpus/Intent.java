package dev.atrium.starter.corpus;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * One thing that a user may want, the ways of saying it, and the ways of answering.
 *
 * @param family the file it stands in: greeting, identity, atrium, skills, refusal
 * @param after names of the intents or families that it follows; empty when it can start
 * @param weight how often, compared with the others of its family
 * @param heldOut questions that are never trained on
 */
record Intent(
  String name,
  String family,
  Language language,
  List<String> after,
  double weight,
  List<Pattern> questions,
  List<Pattern> heldOut,
  List<Pattern> answers
) {
  boolean follows(Intent previous) {
    return after.contains(previous.name) || after.contains(previous.family);
  }

  /** A question and an answer by chance. */
  Exchange draw(Grammar grammar, RandomGenerator random) {
    var question = grammar.expand(Grammar.pick(questions, random), random);
    var answer = grammar.expand(Grammar.pick(answers, random), random);
    return new Exchange(question, answer);
  }

  /** A question in a wording that is never trained on. */
  String drawHeldOut(Grammar grammar, RandomGenerator random) {
    return grammar.expand(Grammar.pick(heldOut, random), random);
  }

  /** Every answer that the intent can give. */
  Set<String> right(Grammar grammar) {
    var all = new LinkedHashSet<String>();
    answers.forEach(answer -> all.addAll(grammar.expansions(answer)));
    return all;
  }
}
