package dev.atrium.engine;

import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.grammar.Matcher;
import dev.atrium.engine.grammar.TokenMask;
import dev.atrium.engine.reply.ReplyParser;
import dev.atrium.engine.reply.ReplyPart;
import dev.atrium.engine.text.Detokenizer;
import dev.atrium.engine.text.StopStrings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One answer on its way: all its tokens, how many of them are in the cache, and its text as far as it
 * is certain. Knows nothing of other sequences.
 */
final class Sequence {

  private final SequenceRequest request;
  private final Detokenizer detokenizer;
  private final StopStrings stops;
  private final TokenCounts counts;
  private final Optional<Matcher> matcher;
  private final Optional<ReplyParser> parser;
  private final List<TokenLogprob> logprobs = new ArrayList<>();
  private final int maxTokens;
  private final long arrival;
  private int[] tokens;
  private int count;
  private int cached;
  private int reported;
  private int reused;
  private int read;
  private int readBefore;
  private int allowed;
  private boolean started;
  private KvCache.Range range;
  private Siblings siblings = new Siblings();

  /**
   * @param contextLength the answer ends where prompt and answer fill it
   * @param arrival counts the sequences of an engine
   * @throws IllegalArgumentException if the tokens to continue from have not the form asked for
   */
  Sequence(SequenceRequest request, Detokenizer detokenizer, int contextLength, long arrival) {
    this.arrival = arrival;
    this.request = request;
    this.detokenizer = detokenizer;
    this.stops = new StopStrings(request.stop());
    int prompt = request.promptIds().length;
    int done = request.continueIds().length;
    this.maxTokens = Math.min(request.maxNewTokens(), contextLength - prompt);
    this.allowed = request.allowedThrough();
    this.tokens = Arrays.copyOf(request.promptIds(), prompt + done + 64);
    System.arraycopy(request.continueIds(), 0, tokens, prompt, done);
    this.count = prompt + done;
    this.readBefore = count;
    this.reported = done;
    this.counts = new TokenCounts(request.sampling());
    counts.prompt(request.promptIds());
    this.matcher = request.sampling().grammar().map(Grammar::matcher);
    this.parser = request.reply().map(ReplyParser::new);
    for (int id : request.continueIds()) {
      // Heard before: only what they leave behind in the matchers and the counts is of interest.
      String heard = stops.next(detokenizer.next(id));
      parser.ifPresent(p -> p.next(heard));
      counts.answer(id);
      if (matcher.isPresent() && !matcher.get().accept(id)) {
        throw new IllegalArgumentException("the tokens to continue from have not the form");
      }
    }
  }

  /** Makes it one of several answers to its prompt. */
  void joins(Siblings others) {
    siblings = others;
    others.add(this);
  }

  Siblings siblings() {
    return siblings;
  }

  SequenceRequest request() {
    return request;
  }

  String id() {
    return request.id();
  }

  int size() {
    return count;
  }

  Party party() {
    return request.party();
  }

  long arrival() {
    return arrival;
  }

  int promptSize() {
    return request.promptIds().length;
  }

  boolean isPrompt(int position) {
    return position < promptSize();
  }

  int generated() {
    return count - request.promptIds().length;
  }

  int cached() {
    return cached;
  }

  /** Tokens that the next step has to compute before another can be drawn. */
  int pending() {
    return count - cached;
  }

  int[] tokens(int from, int to) {
    return Arrays.copyOfRange(tokens, from, to);
  }

  void cachedThrough(int tokens) {
    // What it drew itself is written, not read, unless it has to be computed again.
    read += Math.max(0, Math.min(tokens, readBefore) - cached);
    readBefore = Math.max(readBefore, tokens);
    cached = tokens;
    range.used(tokens);
  }

  KvCache.Range range() {
    return range;
  }

  /** Gives it a place, in which so many of its tokens are computed already. */
  void place(KvCache.Range place, int computed) {
    range = place;
    cached = computed;
    range.used(computed);
    if (!started) {
      reused = computed;
    }
  }

  /** Gives the place up: everything is to be computed again. */
  void unplace() {
    range = null;
    cached = 0;
  }

  boolean placed() {
    return range != null;
  }

  void allow(int throughToken) {
    allowed = Math.max(allowed, throughToken);
  }

  boolean hasCredit() {
    return generated() < allowed;
  }

  boolean isFull() {
    return generated() >= maxTokens;
  }

  boolean started() {
    return started;
  }

  /** True the first time only. */
  boolean start() {
    boolean first = !started;
    started = true;
    return first;
  }

  /** The tokens so far, as the penalties count them. */
  TokenCounts counts() {
    return counts;
  }

  /** The tokens that may come next, if the answer is bound to a form. */
  Optional<TokenMask> allowed() {
    return matcher.map(Matcher::mask);
  }

  /** Tells how likely the next token is, before it is taken. */
  void tell(TokenLogprob logprob) {
    logprobs.add(logprob);
  }

  /** Takes the next token and returns the text that became certain, with its tokens. */
  Optional<EngineEvent.Text> accept(int token) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, count + count / 2);
    }
    tokens[count++] = token;
    counts.answer(token);
    matcher.ifPresent(m -> m.accept(token));
    String text = stops.next(detokenizer.next(token));
    boolean withheld = detokenizer.holdsBack() || stops.heldLength() > 0;
    return text.isEmpty() && withheld ? Optional.empty() : Optional.of(report(text, false));
  }

  /** Whether a stop string was reached, or the form is complete and nothing can follow. */
  boolean stopped() {
    return stops.matched().isPresent() || matcher.filter(Matcher::ended).isPresent();
  }

  /**
   * The text that was withheld and will not become a stop string any more, if there is any.
   *
   * @param whole whether the model itself ended the text: bytes of an unfinished character are shown
   *     as U+FFFD then, and dropped where the text was merely cut
   */
  Optional<EngineEvent.Text> flush(boolean whole) {
    String text = (whole ? stops.next(detokenizer.flush()) : "") + stops.flush();
    boolean nothing = text.isEmpty() && reported == generated() && parser.isEmpty();
    return nothing ? Optional.empty() : Optional.of(report(text, true));
  }

  private EngineEvent.Text report(String text, boolean last) {
    int from = request.promptIds().length + reported;
    reported = generated();
    List<TokenLogprob> told = List.copyOf(logprobs);
    logprobs.clear();
    return new EngineEvent.Text(id(), text, tokens(from, count), told, parts(text, last));
  }

  private List<ReplyPart> parts(String text, boolean last) {
    if (parser.isEmpty()) {
      return List.of();
    }
    List<ReplyPart> parts = new ArrayList<>(parser.get().next(text));
    if (last) {
      parts.addAll(parser.get().end());
    }
    return parts;
  }

  Usage usage() {
    return new Usage(request.promptIds().length, reused, read, reported);
  }
}
