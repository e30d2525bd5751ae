package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Follow-ups: something is told in one turn and asked for later, with other things or small talk in
 * between; or what was never told.
 */
final class Follow implements TaskFamily {

  /** What can be told, by the name of its sections. */
  private static final Map<String, Function<Entities, String>> KINDS = new TreeMap<>(
    Map.ofEntries(
      Map.entry("name", Entities::colleague),
      Map.entry("city", Entities::city),
      Map.entry("project", Entities::project),
      Map.entry("time", Entities::time),
      Map.entry("code", Entities::code),
      Map.entry("role", Entities::role),
      Map.entry("department", Entities::department),
      Map.entry("dog", Entities::colleague),
      Map.entry("deadline", Entities::day),
      Map.entry("budget", Entities::amount),
      Map.entry("extension", Entities::extension)
    )
  );
  /** Of two that a question might mix up, a chat has one. */
  private static final List<List<String>> TWINS = List.of(
    List.of("code", "extension"),
    List.of("time", "deadline"),
    List.of("city", "department"),
    List.of("name", "dog")
  );
  private static final List<String> SMALL_TALK = List.of("thanks", "mood", "weather");

  private final Templates templates = new Templates("follow");

  @Override
  public String name() {
    return "follow";
  }

  @Override
  public Task draw(Draw draw) {
    var kinds = draw.shuffled(List.copyOf(KINDS.keySet()));
    var kind = kinds.getFirst();
    for (var twins : TWINS) {
      if (twins.contains(kind)) kinds.removeIf(
        other -> twins.contains(other) && !other.equals(kind)
      );
    }
    var value = KINDS.get(kind).apply(draw.entities());
    var chat = new ArrayList<ChatMessage>();
    int shape = draw.random().nextInt(9);
    if (shape == 8) return unknown(draw, kinds);
    tell(draw, kind, value, chat);
    if (shape >= 3 && shape < 6) {
      // Two things; the one that is asked for was told first or last.
      var other = KINDS.get(kinds.get(1)).apply(draw.entities());
      var second = new ArrayList<ChatMessage>();
      tell(draw, kinds.get(1), other, second);
      chat.addAll(draw.random().nextBoolean() ? 0 : chat.size(), second);
    }
    if (shape >= 5 && shape < 8) smallTalk(draw, chat);
    user(draw, kind + ".asked", Map.of(), chat);
    var answer = draw.fixed(templates, kind + ".answer", Map.of("value", value));
    return new Task(name(), draw.language(), chat, List.of(answer), List.of(value));
  }

  private Task unknown(Draw draw, List<String> kinds) {
    var chat = new ArrayList<ChatMessage>();
    int told = draw.random().nextInt(3);
    for (var kind : kinds.subList(1, 1 + told)) {
      tell(draw, kind, KINDS.get(kind).apply(draw.entities()), chat);
    }
    if (told == 0 || draw.once(3)) smallTalk(draw, chat);
    user(draw, kinds.getFirst() + ".asked", Map.of(), chat);
    return new Task(
      name(),
      draw.language(),
      chat,
      List.of(draw.fixed(templates, "unknown", Map.of())),
      List.of()
    );
  }

  private void tell(Draw draw, String kind, String value, List<ChatMessage> chat) {
    boolean vowel = "aeiou".indexOf(Character.toLowerCase(value.charAt(0))) >= 0;
    var article = draw.language() == Language.EN
      ? (vowel ? "an" : "a")
      : draw.once(2) ? "一名" : "";
    var slots = Map.of("value", value, "a", article);
    chat.add(new ChatMessage("user", draw.typed(draw.part(templates, kind + ".told", slots))));
    chat.add(new ChatMessage("assistant", draw.fixed(templates, kind + ".noted", slots)));
  }

  private void smallTalk(Draw draw, List<ChatMessage> chat) {
    var kind = draw.pick(SMALL_TALK);
    user(draw, kind + ".said", Map.of(), chat);
    chat.add(new ChatMessage("assistant", draw.fixed(templates, kind + ".replied", Map.of())));
  }

  private void user(Draw draw, String section, Map<String, String> slots, List<ChatMessage> chat) {
    chat.add(new ChatMessage("user", draw.typed(draw.wording(templates, section, slots))));
  }
}
