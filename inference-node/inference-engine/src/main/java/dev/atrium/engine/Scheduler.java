package dev.atrium.engine;

import dev.atrium.engine.model.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides which tokens the next step computes. Sequences that write come first, one token each; what
 * is left of the step's token budget goes to prompts, oldest first, in chunks.
 *
 * <p>How a sequence is cut into spans depends on nothing but itself: a prompt at multiples of {@link
 * #CHUNK} positions, its answer token by token, even where the answer is known already because
 * another attempt wrote it. Attention sums in another order for another cut; so its numbers are the
 * same to the last bit whoever else is there, and after a second start.
 *
 * <p>When the cache is full, the youngest sequence gives its place up, goes back to the head of the
 * queue and is computed again later; it loses time, not text. One that can't fit even alone fails.
 */
final class Scheduler {

  /** Positions of a prompt that are computed as one span. */
  static final int CHUNK = 64;

  /** One sequence's part of a step: its spans lie one after another in the batch. */
  record Turn(Sequence sequence, List<Span> spans) {
    boolean draws() {
      return spans.getLast().wantsLogits();
    }

    int tokens() {
      return spans
        .stream()
        .mapToInt(span -> span.tokens().length)
        .sum();
    }
  }

  private final EngineConfig config;
  private final KvCache cache;
  private final int chunk;
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();
  private final Map<String, Sequence> byId = new HashMap<>();
  private final Map<Sequence, Integer> told = new HashMap<>();
  private final Deque<EngineEvent> news = new ArrayDeque<>();
  private final Pace pace = new Pace();

  Scheduler(EngineConfig config, KvCache cache) {
    this.config = config;
    this.cache = cache;
    this.chunk = Math.min(CHUNK, config.stepTokenBudget());
  }

  /**
   * Takes a sequence into the queue.
   *
   * @throws OverloadedException if the queue is full
   * @throws IllegalArgumentException if there is one of this id already
   */
  void submit(Sequence sequence) {
    if (byId.containsKey(sequence.id())) {
      throw new IllegalArgumentException("there is a sequence " + sequence.id() + " already");
    }
    if (byId.size() >= config.maxBatch() + config.maxWaiting()) {
      throw new OverloadedException(waiting.size());
    }
    byId.put(sequence.id(), sequence);
    if (sequence.stopped()) {
      finish(sequence, FinishReason.STOP);
    } else if (sequence.isFull()) {
      finish(sequence, FinishReason.LENGTH);
    } else {
      waiting.addLast(sequence);
    }
  }

  void allow(String id, int throughToken) {
    Sequence sequence = byId.get(id);
    if (sequence != null) {
      sequence.allow(throughToken);
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
      !news.isEmpty() ||
      running.stream().anyMatch(Sequence::hasCredit) ||
      waiting.stream().anyMatch(Sequence::hasCredit)
    );
  }

  /** Sequences that have a place in the batch. */
  int active() {
    return running.size();
  }

  int waiting() {
    return waiting.size();
  }

  /** Hands out what happened between steps. */
  void tell(EngineListener out) {
    while (!news.isEmpty()) {
      out.on(news.removeFirst());
    }
  }

  /** The next step's work; empty if no sequence can go on. */
  List<Turn> next() {
    admit();
    List<Sequence> chosen = new ArrayList<>();
    int budget = config.stepTokenBudget();
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.pending() == 1 && canGoOn(sequence)) {
        chosen.add(sequence);
        budget--;
      }
    }
    // Prompts advance by a chunk a step at least, however many are writing.
    budget = Math.max(budget, chunk);
    for (Sequence sequence : List.copyOf(running)) {
      if (sequence.pending() > 1 && budget >= chunk && canGoOn(sequence)) {
        chosen.add(sequence);
        budget -= sequence.pending();
      }
    }
    return turns(chosen);
  }

  /** Ranges move while room is made, so places are read when all have theirs. */
  private List<Turn> turns(List<Sequence> chosen) {
    List<Turn> turns = new ArrayList<>();
    int writing = (int) chosen
      .stream()
      .filter(s -> s.pending() == 1)
      .count();
    int budget = Math.max(config.stepTokenBudget() - writing, chunk);
    for (Sequence sequence : chosen) {
      if (!running.contains(sequence)) {
        continue; // it gave its place to an older one after it was chosen
      }
      Turn turn = turn(sequence, Math.max(budget, 1));
      turns.add(turn);
      budget -= sequence.pending() == 1 ? 0 : turn.tokens();
    }
    return turns;
  }

  /** Takes a token that was drawn for this turn; {@code end} if it ends the answer. */
  void accept(Turn turn, int token, boolean end) {
    Sequence sequence = turn.sequence();
    computed(turn);
    if (end) {
      finish(sequence, FinishReason.STOP);
      return;
    }
    sequence.accept(token).ifPresent(news::add);
    if (sequence.stopped()) {
      finish(sequence, FinishReason.STOP);
    } else if (sequence.isFull()) {
      finish(sequence, FinishReason.LENGTH);
    }
  }

  /** The tokens of this turn are in the cache now. */
  void computed(Turn turn) {
    turn.sequence().cachedThrough(turn.sequence().cached() + turn.tokens());
  }

  /** Ends a sequence that can't go on. */
  void fail(Sequence sequence, String code, String message) {
    leave(sequence);
    news.add(new EngineEvent.Failed(sequence.id(), code, message));
  }

  private void finish(Sequence sequence, FinishReason reason) {
    leave(sequence);
    if (reason != FinishReason.CANCELLED) {
      sequence.flush(reason == FinishReason.STOP).ifPresent(news::add);
    }
    news.add(new EngineEvent.Finished(sequence.id(), reason, sequence.usage()));
  }

  private void leave(Sequence sequence) {
    byId.remove(sequence.id());
    told.remove(sequence);
    waiting.remove(sequence);
    if (running.remove(sequence)) {
      cache.release(sequence.range());
    }
  }

  private void admit() {
    for (Sequence sequence : List.copyOf(waiting)) {
      if (sequence.size() > cache.size()) {
        fail(sequence, "cache_full", "a prompt of " + sequence.size() + " tokens can't fit");
      } else if (sequence.hasCredit()) {
        // One without credit does not hold up those behind it; one without room does.
        if (!makeRoom(sequence)) {
          break;
        }
        waiting.remove(sequence);
        sequence.place(cache.allocate(sequence.size()).orElseThrow());
        running.add(sequence);
        told.remove(sequence);
        pace.admitted();
        if (sequence.start()) {
          int prompt = sequence.request().promptIds().length;
          news.add(new EngineEvent.Started(sequence.id(), prompt, 0));
        }
      }
    }
    tellPositions();
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
    return running.size() < config.maxBatch() && cache.free() >= sequence.size() + margin;
  }

  private void tellPositions() {
    int position = 1;
    for (Sequence sequence : waiting) {
      if (!sequence.started() && !Integer.valueOf(position).equals(told.put(sequence, position))) {
        news.add(new EngineEvent.Queued(sequence.id(), position, pace.estimate(position)));
      }
      position++;
    }
  }

  private Turn turn(Sequence sequence, int budget) {
    List<Span> spans = new ArrayList<>();
    int at = sequence.cached();
    int left = budget;
    while (at < sequence.size()) {
      int end = sequence.isPrompt(at)
        ? Math.min(sequence.promptSize(), (at / chunk + 1) * chunk)
        : at + 1;
      if (end - at > left) {
        break;
      }
      left -= end - at;
      spans.add(
        new Span(
          sequence.tokens(at, end),
          at,
          sequence.range().start(),
          sequence.request().adapter(),
          end == sequence.size()
        )
      );
      at = end;
    }
    return new Turn(sequence, spans);
  }

  /** Whether the sequence may advance and has its room in the cache, made if need be. */
  private boolean canGoOn(Sequence sequence) {
    if (!sequence.hasCredit() || !running.contains(sequence)) {
      return false;
    }
    while (!cache.grow(sequence.range(), sequence.size())) {
      Sequence youngest = running.getLast();
      if (running.size() == 1) {
        fail(sequence, "cache_full", "the cache holds " + cache.size() + " tokens, no more");
        return false;
      }
      giveWay(youngest);
      if (youngest == sequence) {
        return false;
      }
    }
    return true;
  }

  private void giveWay(Sequence sequence) {
    running.remove(sequence);
    cache.release(sequence.range());
    waiting.addFirst(sequence);
  }
}
