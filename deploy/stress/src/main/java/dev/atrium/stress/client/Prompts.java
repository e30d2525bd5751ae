package dev.atrium.stress.client;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is asked, drawn from the seed, and every exchange that came of it. An answer's length is drawn
 * such that it fits what a hub lets a model write at once; half of the prompts go on with the chat
 * before, as long as that is short.
 */
public final class Prompts {

  /** A hub asks for at most 1,024 tokens, here bytes; a word has about nine. */
  private static final int FEWEST_WORDS = 40;
  private static final int MOST_WORDS = 95;
  private static final int MOST_TURNS = 3;
  private static final int HIGHEST_FIRST = 9_000;
  private static final int LONGEST_PATIENCE_MS = 12_000;

  private final Random random;
  private final boolean scripted;
  private final boolean exact;
  private final Violations violations;
  private final List<Exchange> all = new ArrayList<>();
  private final Map<UUID, Exchange> lastOf = new HashMap<>();
  private final Map<UUID, Integer> turns = new HashMap<>();
  private final Set<UUID> lostTogether = ConcurrentHashMap.newKeySet();
  private boolean open = true;

  /**
   * @param exact whether the answers are a function of the prompts
   */
  public Prompts(long seed, boolean scripted, boolean exact, Violations violations) {
    this.random = new Random(seed);
    this.scripted = scripted;
    this.exact = exact;
    this.violations = violations;
  }

  /** From now on there is nothing to ask. */
  public void close() {
    open = false;
  }

  /** All so far, in the order of their first sending. */
  public List<Exchange> all() {
    return List.copyOf(all);
  }

  /**
   * The hub and the node of these generations were lost at once: only their text may be taken back,
   * and only they may be given up. May be called by any thread.
   */
  public void lostTogether(Collection<UUID> generations) {
    lostTogether.addAll(generations);
  }

  /** How many such generations there were. */
  public int lostTogether() {
    return lostTogether.size();
  }

  private boolean mayBeLost(Exchange exchange) {
    return exchange
      .saved()
      .map(HubFrame.Saved::generationId)
      .filter(lostTogether::contains)
      .isPresent();
  }

  Optional<Exchange> next(Person person) {
    if (!open) {
      return Optional.empty();
    }
    Exchange last = lastOf.get(person.id());
    int turn = turns.getOrDefault(person.id(), 0);
    boolean goesOn = last != null && turn < MOST_TURNS && random.nextBoolean();
    turns.put(person.id(), goesOn ? turn + 1 : 1);
    Optional<HubFrame.Saved> before = goesOn ? last.saved() : Optional.empty();
    Exchange exchange = new Exchange(
      person,
      new ClientFrame.Send(
        new UUID(random.nextLong(), random.nextLong()),
        before.map(HubFrame.Saved::conversationId),
        before.map(HubFrame.Saved::answerId),
        Optional.empty(),
        text()
      ),
      scripted && exact
    );
    all.add(exchange);
    return Optional.of(exchange);
  }

  private String text() {
    if (!scripted) {
      return "Tell me everything that you know about Atrium. " + random.nextInt(1_000);
    }
    int words = FEWEST_WORDS + random.nextInt(MOST_WORDS - FEWEST_WORDS);
    return "write %d words from %d".formatted(words, 1 + random.nextInt(HIGHEST_FIRST));
  }

  /** How long somebody thinks before the next prompt. */
  long pauseMillis() {
    return 200L + random.nextInt(600);
  }

  /** One reader of ten has soon read enough. */
  OptionalLong stopsAfterMillis() {
    return random.nextInt(10) == 0
      ? OptionalLong.of(1 + random.nextInt(LONGEST_PATIENCE_MS))
      : OptionalLong.empty();
  }

  void ended(Exchange exchange) {
    lastOf.put(exchange.person.id(), exchange);
  }

  void refused(Exchange exchange) {
    lastOf.remove(exchange.person.id());
  }

  void givenUp(Exchange exchange, ErrorBody error) {
    // To turn a prompt away when too many wait is what a node should do.
    boolean turnedAway =
      exchange.answer.length() == 0 && error.code().equals(ErrorCode.OVERLOADED.code());
    if (!turnedAway && !mayBeLost(exchange)) {
      violations.add(
        Kind.GIVEN_UP,
        "%s after %d code points: %s %s",
        exchange,
        exchange.answer.length(),
        error.code(),
        error.args()
      );
    }
  }

  void takenBack(Exchange exchange, int from, int to) {
    if (!mayBeLost(exchange)) {
      violations.add(Kind.TAKEN_BACK, "%s: %d shown, back to %d", exchange, from, to);
    }
  }
}
