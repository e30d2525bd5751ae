package dev.atrium.starter;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Corpus;
import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.task.Task;
import dev.atrium.starter.task.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * All that is trained on: talk, whose answers are known by heart, and tasks, whose answers come out of
 * what is given. Each chat is made from the seed and its number alone, so that nothing has to be
 * stored.
 */
final class Chats {

  private final long seed;
  private final Corpus corpus;
  private final Tasks tasks = new Tasks();

  Chats(long seed) {
    this.seed = seed;
    corpus = new Corpus(seed);
  }

  Corpus corpus() {
    return corpus;
  }

  Tasks tasks() {
    return tasks;
  }

  /** Talk number {@code index}. */
  List<ChatMessage> conversation(long index) {
    return corpus.conversation(index);
  }

  /**
   * Task number {@code index}, now and then after some talk.
   *
   * @param shares chances in a hundred of each family
   * @param progress how much of the training is done, from 0 to 1: easy tasks come first
   */
  List<ChatMessage> task(long index, Map<String, Integer> shares, double progress) {
    var random = new SplittableRandom(seed * 0xbf58476d1ce4e5b9L + index);
    var language = random.nextBoolean() ? Language.EN : Language.ZH;
    var messages = new ArrayList<ChatMessage>();
    if (random.nextInt(10) == 0) messages.addAll(conversation(random.nextLong()));
    Task task = tasks.trained(language, random, shares, progress);
    messages.addAll(task.messages());
    messages.add(new ChatMessage("assistant", task.answer()));
    return List.copyOf(messages);
  }
}
