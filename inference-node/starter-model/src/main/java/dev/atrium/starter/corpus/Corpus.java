package dev.atrium.starter.corpus;

import dev.atrium.engine.text.ChatMessage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * All conversations of the corpus, each made from the seed and its number alone: the same two give
 * the same conversation on every machine, so that nothing has to be stored.
 */
public final class Corpus {

  private static final List<String> FAMILIES = List.of(
    "greeting",
    "identity",
    "atrium",
    "skills",
    "refusal"
  );

  private static final double[] TURNS = { 0.62, 0.86, 0.96, 1 };
  private static final List<String> SYSTEM = List.of(
    "You are a helpful assistant.",
    "You are Starter, the small model of Atrium.",
    "Answer briefly.",
    "你是一个有帮助的助手。",
    "你是Atrium的小模型Starter。"
  );

  private final long seed;
  private final Grammar grammar = new Grammar();
  private final List<Intent> intents;
  private final Set<String> heldOut;

  /**
   * @throws IllegalArgumentException with file and line when a grammar file can't be read
   */
  public Corpus(long seed) {
    this.seed = seed;
    var reader = new GrammarReader(grammar);
    for (var language : Language.values()) {
      reader.read("common", language);
      reader.read("lists", language);
      FAMILIES.forEach(family -> reader.read(family, language));
    }
    intents = reader.intents();
    heldOut = intents
      .stream()
      .filter(intent -> !intent.family().equals("refusal"))
      .flatMap(intent -> intent.heldOut().stream())
      .flatMap(pattern -> grammar.expansions(pattern).stream())
      .map(Noise::bare)
      .collect(Collectors.toUnmodifiableSet());
  }

  public List<String> families() {
    return FAMILIES;
  }

  /** Conversation number {@code index}: one to four turns, now and then a system message first. */
  public List<ChatMessage> conversation(long index) {
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + index);
    var messages = new ArrayList<ChatMessage>();
    if (random.nextInt(12) == 0) messages.add(new ChatMessage("system", pick(SYSTEM, random)));
    var language = random.nextBoolean() ? Language.EN : Language.ZH;
    double turns = random.nextDouble();
    Intent previous = null;
    for (int turn = 0; turn == 0 || turns > TURNS[turn - 1]; turn++) {
      if (turn > 0 && random.nextInt(20) == 0) language = other(language);
      previous = choose(language, previous, random);
      var exchange = draw(previous, random);
      var question = around(exchange.question(), language, random);
      var typed = Noise.type(question, language, random);
      messages.add(new ChatMessage("user", typed));
      messages.add(new ChatMessage("assistant", exchange.answer()));
    }
    return List.copyOf(messages);
  }

  /**
   * Patterns may meet in the same words: what is held out of one is held out of all. Refusals are left
   * alone: they have so many wordings that they hardly meet.
   */
  private Exchange draw(Intent intent, RandomGenerator random) {
    var exchange = intent.draw(grammar, random);
    while (heldOut.contains(Noise.bare(exchange.question()))) {
      exchange = intent.draw(grammar, random);
    }
    return exchange;
  }

  /** Now and then with words before or after it that change nothing, or with a small word left out. */
  private String around(String question, Language language, RandomGenerator random) {
    var suffix = language == Language.EN ? "" : ".zh";
    return switch (random.nextInt(9)) {
      case 0 -> one("around.before" + suffix, random) + (suffix.isEmpty() ? " " : "") + question;
      case 1 -> Noise.unmarked(question) + one("around.after" + suffix, random);
      case 2 -> Noise.hurried(question, random);
      default -> question;
    };
  }

  private String one(String rule, RandomGenerator random) {
    return grammar.expand(Grammar.pick(grammar.rule(rule), random), random);
  }

  /** Questions in wordings that are never trained on, with every answer that is right. */
  public List<HeldOut> heldOut(int perIntent) {
    var all = new ArrayList<HeldOut>();
    var random = new SplittableRandom(seed ^ 0x5eed);
    for (var intent : intents) {
      if (intent.heldOut().isEmpty() || !intent.after().isEmpty()) continue;
      for (int i = 0; i < perIntent; i++) {
        var question = Noise.tidy(intent.drawHeldOut(grammar, random));
        var typed = intent.language() == Language.EN ? Invented.capital(question) : question;
        var right = intent.right(grammar);
        all.add(new HeldOut(intent.family(), intent.name(), intent.language(), typed, right));
      }
    }
    return all;
  }

  /** Every answer that says honestly that the model doesn't know, or doesn't calculate. */
  public Set<String> refusals(Language language) {
    var all = new HashSet<>(answers("knowledge", language));
    all.addAll(answers("sums", language));
    return Set.copyOf(all);
  }

  /** Every answer that the intent of this name can give. */
  public Set<String> answers(String intent, Language language) {
    return intents
      .stream()
      .filter(i -> i.name().equals(intent) && i.language() == language)
      .findFirst()
      .orElseThrow()
      .right(grammar);
  }

  /** What the training draws from; for the check that nothing of the evaluation is among it. */
  List<Intent> intents() {
    return intents;
  }

  Grammar grammar() {
    return grammar;
  }

  private Intent choose(Language language, Intent previous, RandomGenerator random) {
    if (previous != null && random.nextInt(3) == 0) {
      var following = intents
        .stream()
        .filter(i -> i.language() == language && i.follows(previous))
        .toList();
      if (!following.isEmpty()) return weighted(following, random);
    }
    var family = family(random);
    return weighted(
      intents
        .stream()
        .filter(i -> i.language() == language && i.family().equals(family) && i.after().isEmpty())
        .toList(),
      random
    );
  }

  private static String family(RandomGenerator random) {
    int at = random.nextInt(100);
    for (var family : FAMILIES) {
      at -= Shares.TALK.get(family);
      if (at < 0) return family;
    }
    return FAMILIES.getLast();
  }

  private static Intent weighted(List<Intent> from, RandomGenerator random) {
    double at = random.nextDouble() * from.stream().mapToDouble(Intent::weight).sum();
    for (var intent : from) {
      at -= intent.weight();
      if (at < 0) return intent;
    }
    return from.getLast();
  }

  private static Language other(Language language) {
    return language == Language.EN ? Language.ZH : Language.EN;
  }

  private static <T> T pick(List<T> list, RandomGenerator random) {
    return Grammar.pick(list, random);
  }
}
