package dev.atrium.stress.client;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.engine.scripted.CountedWords;
import java.util.Optional;

/**
 * One prompt and what became of it. Written by the clients' event loop; read by others once the run
 * is over.
 */
public final class Exchange {

  final Person person;
  final ClientFrame.Send prompt;
  /** What the answer must be, where that is known. */
  final Optional<String> expected;
  final long sentNanos = System.nanoTime();
  HubFrame.Saved saved;
  Answer answer;
  long lastTextNanos;
  /** How much was ever shown; less than the answer's length never. */
  int longest;
  int resumesWithoutProgress;
  boolean catchingUp;
  /** The node that writes it, as far as its reader was told. */
  String node;
  /** What was done to it last. */
  volatile Point point;
  /** Its reader was cut off, and has had no text since. */
  boolean cutOff;
  /** Whether the way of its text is timed. */
  boolean observed = true;
  /** Its reader has read enough. */
  boolean stopping;

  Exchange(Person person, ClientFrame.Send prompt, boolean scripted) {
    this.person = person;
    this.prompt = prompt;
    this.expected = scripted
      ? Optional.of(CountedWords.answerTo(prompt.text(), 1))
      : Optional.empty();
  }

  public Person person() {
    return person;
  }

  public ClientFrame.Send prompt() {
    return prompt;
  }

  /** What {@code chat.saved} said; empty if the prompt was never acknowledged. */
  public Optional<HubFrame.Saved> saved() {
    return Optional.ofNullable(saved);
  }

  /** The text as the client assembled it. */
  public String text() {
    return answer == null ? "" : answer.text();
  }

  /** {@code Finished} or {@code Failed}. */
  public Optional<HubFrame> end() {
    return answer == null ? Optional.empty() : answer.end();
  }

  @Override
  public String toString() {
    return (
      person.name() +
      " " +
      (saved == null ? "prompt " + prompt.id() : "generation " + saved.generationId()) +
      (stopping ? " (its reader asked to stop)" : "")
    );
  }
}
