package dev.atrium.stress.figures;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counters by name, and the durations of a run. Safe for many threads. */
public final class Figures {

  /** What is counted. */
  public enum Count {
    /** Deltas. */
    FRAMES,
    /** UTF-8 of the deltas' text. */
    TEXT_BYTES,
    PROMPTS,
    SAVED,
    /** Prompts that were sent once more with the same id. */
    PROMPTS_AGAIN,
    /** Connections that the driver itself cut. */
    CUTS,
    RECONNECTS,
    FAILED_CONNECTS,
    /** Sessions that a hub would not renew, so that somebody had to sign in anew. */
    SIGN_INS,
    /** How often a line was silent for so long that another hub was looked for. */
    SEARCHES,
    RESUMES,
    /** Text that followed a resume. */
    RESUMED_BYTES,
    /** Text that was sent to a client that held it already, or had held it. */
    REPEATED_BYTES,
    REWINDS,
    GAPS,
  }

  private final Map<Count, AtomicLong> counts = new ConcurrentSkipListMap<>();
  private final Map<String, AtomicLong> ends = new ConcurrentSkipListMap<>();
  private final Map<String, AtomicLong> refusals = new ConcurrentSkipListMap<>();
  private final Map<Integer, AtomicLong> closes = new ConcurrentSkipListMap<>();

  /** From a token's birth to its arrival, where the model writes the time. */
  public final Histogram latency = new Histogram();
  /** The same, each second by itself. */
  public final Timeline timeline = new Timeline();
  /** How late the clients' own event loop was. */
  public final Histogram driverLate = new Histogram();
  /** From sending a prompt until it was acknowledged. */
  public final Histogram saved = new Histogram();
  /** From sending a prompt to the first text. */
  public final Histogram firstText = new Histogram();

  private volatile Histogram phase = new Histogram();
  private volatile Histogram gaps = new Histogram();

  public Figures() {
    for (Count count : Count.values()) {
      counts.put(count, new AtomicLong());
    }
  }

  /** What {@link #latency} gets, since the phase of the run began. */
  public Histogram phase() {
    return phase;
  }

  /** A phase of the run begins. */
  public void beginPhase() {
    phase = new Histogram();
  }

  /** Between two pieces of text of one answer, since {@link #beginGaps}. */
  public Histogram gaps() {
    return gaps;
  }

  /** Begins anew; the histogram that fills from now on. */
  public Histogram beginGaps() {
    gaps = new Histogram();
    return gaps;
  }

  /** The warm-up is over: durations so far are not counted. */
  public void warm() {
    List.of(latency, driverLate, saved, firstText).forEach(Histogram::clear);
  }

  public void add(Count count, long n) {
    counts.get(count).addAndGet(n);
  }

  public void count(Count count) {
    add(count, 1);
  }

  public long get(Count count) {
    return counts.get(count).get();
  }

  /** An answer ended so. */
  public void ended(String how) {
    ends.computeIfAbsent(how, _ -> new AtomicLong()).incrementAndGet();
  }

  /** A frame was refused with this code. */
  public void refused(String code) {
    refusals.computeIfAbsent(code, _ -> new AtomicLong()).incrementAndGet();
  }

  /** A socket was closed by the other side, or with 0, just gone. */
  public void closed(int code) {
    closes.computeIfAbsent(code, _ -> new AtomicLong()).incrementAndGet();
  }

  /** All counters by their names. */
  public Map<String, Long> counts() {
    Map<String, Long> all = new TreeMap<>();
    counts.forEach((count, n) -> all.put(count.name().toLowerCase(Locale.ROOT), n.get()));
    return all;
  }

  public Map<String, Long> ends() {
    return plain(ends);
  }

  public Map<String, Long> refusals() {
    return plain(refusals);
  }

  public Map<String, Long> closes() {
    return plain(closes);
  }

  private static Map<String, Long> plain(Map<?, AtomicLong> map) {
    Map<String, Long> all = new TreeMap<>();
    map.forEach((name, n) -> all.put(name.toString(), n.get()));
    return all;
  }
}
