package dev.atrium.starter;

import dev.atrium.starter.corpus.Shares;
import dev.atrium.starter.task.Split;
import dev.atrium.starter.tokenizer.Bpe;
import java.util.LinkedHashMap;

/** Counts how many tokens of the training each family of tasks gets, by chances and mean lengths. */
final class TokensByFamily {

  private static final int SAMPLES = 200;
  private static final long SEED = 7;

  private TokensByFamily() {}

  /** A line each: the lessons, then the families of tasks with how many chats that is. */
  static String table(Chats chats, Bpe bpe, long steps) {
    double read = (double) steps * Recipe.BATCH_TOKENS;
    double lessons = read - read / Shares.RECITING;
    double tasks = lessons * partOfTasks();
    var out = new StringBuilder("| lesson or family | tokens | tasks |\n|---|---|---|\n");
    out.append("| recitation | %,.0f | |%n".formatted(read / Shares.RECITING));
    out.append("| talk | %,.0f | |%n".formatted(lessons - tasks));
    out.append("| tasks | %,.0f | |%n".formatted(tasks));
    var lengths = new LinkedHashMap<String, Double>();
    for (var family : chats.tasks().families()) lengths.put(family, length(chats, bpe, family));
    double mean = lengths
      .entrySet()
      .stream()
      .mapToDouble(of -> (Shares.TASKS.get(of.getKey()) / 100.0) * of.getValue())
      .sum();
    lengths.forEach((family, length) -> {
      double drawn = ((tasks / mean) * Shares.TASKS.get(family)) / 100;
      out.append("| %s | %,.0f | %,.0f |%n".formatted(family, drawn * length, drawn));
    });
    return out.toString();
  }

  private static double partOfTasks() {
    return Shares.TURNS.stream()
      .mapToDouble(lesson ->
        switch (lesson) {
          case TASKS -> 1;
          case BOTH -> 0.5;
          case OPENINGS, TALK -> 0;
        }
      )
      .average()
      .orElseThrow();
  }

  private static double length(Chats chats, Bpe bpe, String family) {
    return chats
      .tasks()
      .of(family, Split.TRAINED, SAMPLES, SEED)
      .stream()
      .mapToInt(task -> {
        // A role, its line and the end of a message are five tokens more.
        int tokens = bpe.encode(task.answer()).length + 5;
        for (var message : task.messages()) tokens += bpe.encode(message.content()).length + 5;
        return tokens;
      })
      .average()
      .orElseThrow();
  }
}
