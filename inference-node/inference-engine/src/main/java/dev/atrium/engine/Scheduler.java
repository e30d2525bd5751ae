package dev.atrium.engine;

import dev.atrium.engine.model.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides which tokens the next step computes. Sequences that write come first, one token each; what
 * is left of the step's token budget, and of the time that {@link Tempo} leaves, goes to prompts in
 * {@link Blocks}. Places in the batch, and the time to read, go to whom {@link FairQueue} says.
 *
 * <p>How a sequence is cut into spans depends on nothing but itself: a prompt at the ends of blocks, its
 * answer token by token, even where the answer is known already because another attempt wrote it. So
 * its numbers are the same to the last bit whoever else is there, after a second start, and where a part
 * of the prompt was found in the {@link PrefixCache}.
 *
 * <p>When the cache is full, what is kept of sequences that ended goes first. Then the youngest sequence
 * gives its place up, waits and is computed again later; it loses time, not text. One that can't fit
 * even alone fails.
 */
final class Scheduler {

  /** One sequence's part of a step: its spans lie one after another in the batch. */
  record Turn(Sequence sequence, List<Span> spans) {
    boolean draws() {
      return spans.getLast().wantsLogits();
    }

    /** Whether it only goes on with an answer. */
    boolean writes() {
      return draws() && tokens() == 1;
    }

    int tokens() {
      int tokens = 0;
      for (Span span : spans) {
        tokens += span.tokens().length;
      }
      return tokens;
    }
  }

  /** About what a GPU reads in the time in which its memory gives it the weights once. */
  private static final int READ_AT_ONCE_BY_A_GPU = 256;

  private final EngineConfig config;
  private final Blocks blocks;
  private final Places places;
  private final FairQueue queue = new FairQueue();
  /** Those that have a place, the oldest there first. */
  private final List<Sequence> running = new ArrayList<>();
  private final Map<String, Sequence> byId = new HashMap<>();
  private final Positions positions = new Positions();
  private final Tempo tempo;
  private final Deque<EngineEvent> news = new ArrayDeque<>();

  Scheduler(EngineConfig config, KvCache cache) {
    this.config = config;
    this.blocks = new Blocks(config.stepTokenBudget());
    this.places = new Places(cache, blocks);
    this.tempo = new Tempo(config.device().isGpu() ? READ_AT_ONCE_BY_A_GPU : 1);
  }

  /** Where the sequences lie in the cache. */
  Places places() {
    return places;
  }

  /**
   * Takes sequences into the queue, all or none.
   *
   * @throws OverloadedException if the queue is full
   * @throws IllegalArgumentException if there is one of an id already
   */
  void submit(List<Sequence> sequences) {
    Set<String> ids = new HashSet<>();
    for (Sequence sequence : sequences) {
      if (byId.containsKey(sequence.id()) || !ids.add(sequence.id())) {
        throw new IllegalArgumentException("there is a sequence " + sequence.id() + " already");
      }
    }
    if (byId.size() + sequences.size() > config.maxBatch() + config.maxWaiting()) {
      throw new OverloadedException(queue.size());
    }
    sequences.forEach(this::take);
  }

  private void take(Sequence sequence) {
    byId.put(sequence.id(), sequence);
    queue.update(sequence);
    if (sequence.stopped()) {
      finish(sequence, FinishReason.STOP);
    } else if (sequence.isFull()) {
      finish(sequence, FinishReason.LENGTH);
    } else {
      queue.add(sequence);
      positions.came();
    }
  }

  void allow(String id, int throughToken) {
    Sequence sequence = byId.get(id);
    if (sequence != null) {
      sequence.allow(throughToken);
      queue.update(sequence);
    }
  }

  void cancel(String id) {
    Sequence sequence = byId.get(id);
    if (sequence != null) {
      finish(sequence, FinishReason.CANCELLED);
    }
  }

  boolean hasWork() {
    return (
      !news.isEmpty() || running.stream().anyMatch(Sequence::hasCredit) || queue.anyHasCredit()
    );
  }

  /** Sequences that have a place in the batch. */
  int active() {
    return running.size();
  }

  int waiting() {
    return queue.size();
  }

  /** Hands out what happened between steps. */
  void tell(EngineListener out) {
    while (!news.isEmpty()) {
      out.on(news.removeFirst());
    }
  }

  /** The next step's work; empty if no sequence can go on. */
  List<Turn> next(long now) {
    admit(now);
    List<Sequence> writers = new ArrayList<>();
    List<Sequence> readers = new ArrayList<>();
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.pending() == 1 && canGoOn(sequence)) {
        writers.add(sequence);
      }
    }
    int budget = mayRead(writers.size());
    int left = budget;
    for (Sequence sequence : unread()) {
      if (left > 0 && canGoOn(sequence)) {
        readers.add(sequence);
        left -= sequence.pending();
      }
    }
    return turns(writers, readers, budget);
  }

  /** Those who have more to read than one token, in the order of their turns. */
  private List<Sequence> unread() {
    return running
      .stream()
      .filter(sequence -> sequence.pending() > 1)
      .sorted(queue.byWork())
      .toList();
  }

  /** Prompts advance even if those who write fill the budget, though not in every step. */
  private int mayRead(int writers) {
    int budget = Math.max(config.stepTokenBudget() - writers, 1);
    return writers == 0 ? budget : tempo.mayRead(budget);
  }

  /** Ranges move while room is made, so places are read when all have theirs. */
  private List<Turn> turns(List<Sequence> writers, List<Sequence> readers, int budget) {
    List<Turn> turns = new ArrayList<>();
    // Whoever has no place any more gave it to an older one after it was chosen.
    writers.removeIf(sequence -> !sequence.placed());
    readers.removeIf(sequence -> !sequence.placed());
    for (Sequence sequence : writers) {
      Span last = span(sequence, sequence.cached(), sequence.size());
      turns.add(new Turn(sequence, List.of(last)));
    }
    int left = budget;
    for (Sequence sequence : readers) {
      // A block is never cut, so the first one may be longer than what there was.
      int first = blocks.end(sequence.cached()) - sequence.cached();
      if (left >= first || left == budget) {
        Turn turn = new Turn(sequence, spans(sequence, Math.max(left, first)));
        turns.add(turn);
        left -= turn.tokens();
      }
    }
    return turns;
  }

  /** Tells how long a step took that computed these. */
  void took(List<Turn> turns, long nanos) {
    int written = 0;
    int read = 0;
    for (Turn turn : turns) {
      written += turn.writes() ? 1 : 0;
      read += turn.writes() ? 0 : turn.tokens();
    }
    tempo.took(written, read, nanos);
  }

  /** Takes a token that was drawn for this turn; {@code end} if it ends the answer. */
  void accept(Turn turn, int token, boolean end) {
    Sequence sequence = turn.sequence();
    computed(turn);
    if (end) {
      finish(sequence, FinishReason.STOP);
      return;
    }
    queue.charge(sequence, 1);
    sequence.accept(token).ifPresent(news::add);
    if (!sequence.hasCredit()) {
      queue.update(sequence);
    }
    if (sequence.stopped()) {
      finish(sequence, FinishReason.STOP);
    } else if (sequence.isFull()) {
      finish(sequence, FinishReason.LENGTH);
    }
  }

  /** The tokens of this turn are in the cache now. */
  void computed(Turn turn) {
    Sequence sequence = turn.sequence();
    places.computed(sequence, sequence.cached() + turn.tokens());
  }

  /** Ends a sequence that can't go on. What it left in the cache is not trusted. */
  void fail(Sequence sequence, String code, String message) {
    running.remove(sequence);
    if (sequence.placed()) {
      queue.charge(sequence, -sequence.pending());
      places.discard(sequence);
    }
    forget(sequence);
    news.add(new EngineEvent.Failed(sequence.id(), code, message));
  }

  private void finish(Sequence sequence, FinishReason reason) {
    if (running.remove(sequence)) {
      vacate(sequence);
    }
    forget(sequence);
    if (reason != FinishReason.CANCELLED) {
      sequence.flush(reason == FinishReason.STOP).ifPresent(news::add);
    }
    news.add(new EngineEvent.Finished(sequence.id(), reason, sequence.usage()));
  }

  private void forget(Sequence sequence) {
    byId.remove(sequence.id());
    positions.left(sequence);
    queue.leave(sequence);
  }

  private void giveWay(Sequence sequence) {
    running.remove(sequence);
    vacate(sequence);
    queue.add(sequence);
  }

  private void vacate(Sequence sequence) {
    queue.charge(sequence, -sequence.pending());
    places.vacate(sequence);
  }

  private void admit(long now) {
    for (Sequence sequence : queue.waiting()) {
      if (sequence.size() > places.size()) {
        fail(sequence, "cache_full", "a prompt of " + sequence.size() + " tokens can't fit");
      }
    }
    // One without credit does not hold up those behind it; one without room does.
    Optional<Sequence> next = nextWaiting();
    while (next.isPresent() && makeRoom(next.get())) {
      start(next.get(), now);
      next = nextWaiting();
    }
    positions.tell(queue, now, news);
  }

  private Optional<Sequence> nextWaiting() {
    return queue
      .waiting()
      .stream()
      .filter(Sequence::hasCredit)
      .filter(sequence -> !places.isBeingRead(sequence))
      .min(queue.byWork());
  }

  private void start(Sequence sequence, long now) {
    queue.remove(sequence);
    places.place(sequence);
    queue.charge(sequence, sequence.pending());
    running.add(sequence);
    positions.admitted(sequence, now);
    if (sequence.start()) {
      news.add(
        new EngineEvent.Started(
          sequence.id(),
          sequence.promptSize(),
          sequence.usage().cachedTokens()
        )
      );
    }
  }

  /** Room in the batch and in the cache, if need be at the cost of one that has no credit now. */
  private boolean makeRoom(Sequence sequence) {
    while (!hasRoom(sequence)) {
      List<Sequence> idle = running
        .stream()
        .filter(s -> !s.hasCredit())
        .toList();
      if (idle.isEmpty()) {
        return false;
      }
      giveWay(idle.getLast());
    }
    return true;
  }

  private boolean hasRoom(Sequence sequence) {
    // Those that run will want more soon: without this margin a newcomer would be sent back at once.
    int margin = running.size() * KvCache.UNIT;
    return running.size() < config.maxBatch() && places.free() >= sequence.size() + margin;
  }

  private List<Span> spans(Sequence sequence, int budget) {
    List<Span> spans = new ArrayList<>();
    int at = sequence.cached();
    int left = budget;
    while (at < sequence.size()) {
      int end = sequence.isPrompt(at) ? Math.min(sequence.promptSize(), blocks.end(at)) : at + 1;
      if (end - at > left) {
        break;
      }
      left -= end - at;
      spans.add(span(sequence, at, end));
      at = end;
    }
    return spans;
  }

  private static Span span(Sequence sequence, int from, int to) {
    return new Span(
      sequence.tokens(from, to),
      from,
      sequence.range().start(),
      sequence.request().adapter(),
      to == sequence.size()
    );
  }

  /** Whether the sequence may advance and has its room in the cache, made if need be. */
  private boolean canGoOn(Sequence sequence) {
    if (!sequence.hasCredit() || !sequence.placed()) {
      return false;
    }
    while (!places.grow(sequence)) {
      Sequence youngest = running.getLast();
      if (running.size() == 1) {
        fail(sequence, "cache_full", "the cache holds " + places.size() + " tokens, no more");
        return false;
      }
      giveWay(youngest);
      if (youngest == sequence) {
        return false;
      }
    }
    return true;
  }
}
