package dev.atrium.stress.client;

import dev.atrium.api.HubFrame;
import java.util.Optional;
import java.util.UUID;

/**
 * One answer as a client holds it, by the rules of the web client's {@code reduce.ts}: events of an
 * older owner change nothing, nor does anything after the end; text is appended only where the last
 * ended. Positions are code points.
 */
final class Answer {

  /** What a frame did. */
  enum Effect {
    NOTHING,
    NEWS,
    APPENDED,
    /** Text is missing: the stream must be resumed, and deltas are of no use until it is. */
    GAP,
    /** The text was cut back, because the hub said so. */
    CUT,
    ENDED,
  }

  private final UUID generationId;
  private final StringBuilder text = new StringBuilder();
  private int length;
  private int epoch;
  private boolean gap;
  private HubFrame end;

  Answer(UUID generationId, int epoch) {
    this.generationId = generationId;
    this.epoch = epoch;
  }

  UUID generationId() {
    return generationId;
  }

  int epoch() {
    return epoch;
  }

  /** Code points of the text. */
  int length() {
    return length;
  }

  String text() {
    return text.toString();
  }

  /** Where the text ends, in UTF-16 units. */
  int chars() {
    return text.length();
  }

  boolean gap() {
    return gap;
  }

  /** {@code Finished} or {@code Failed}, once it came. */
  Optional<HubFrame> end() {
    return Optional.ofNullable(end);
  }

  boolean ended() {
    return end != null;
  }

  /** Takes a frame of this generation. */
  Effect take(HubFrame frame) {
    if (ended()) {
      return Effect.NOTHING;
    }
    return switch (frame) {
      case HubFrame.Started f -> news(f.epoch());
      case HubFrame.Recovering f -> news(f.epoch());
      case HubFrame.Storing f -> news(f.epoch());
      case HubFrame.Delta f -> f.epoch() < epoch ? Effect.NOTHING : append(f);
      case HubFrame.Resumed f -> f.epoch() < epoch ? Effect.NOTHING : resumed(f);
      case HubFrame.Finished f -> f.epoch() < epoch ? Effect.NOTHING : finished(f);
      case HubFrame.Failed f -> f.epoch() < epoch ? Effect.NOTHING : end(f, f.epoch());
      default -> Effect.NOTHING;
    };
  }

  private Effect news(int newEpoch) {
    epoch = Math.max(epoch, newEpoch);
    return Effect.NEWS;
  }

  private Effect append(HubFrame.Delta delta) {
    if (gap || delta.choice() != 0) {
      // While a resume is under way, what still arrives of the old stream would be spliced wrongly.
      return Effect.NOTHING;
    }
    epoch = delta.epoch();
    if (delta.from() != length) {
      gap = true;
      return Effect.GAP;
    }
    text.append(delta.text());
    length += delta.text().codePointCount(0, delta.text().length());
    return Effect.APPENDED;
  }

  private Effect resumed(HubFrame.Resumed resumed) {
    epoch = resumed.epoch();
    if (resumed.position() > length) {
      gap = true;
      return Effect.GAP;
    }
    gap = false;
    boolean cut = resumed.position() < length;
    text.setLength(text.offsetByCodePoints(0, resumed.position()));
    length = resumed.position();
    return cut ? Effect.CUT : Effect.NEWS;
  }

  private Effect finished(HubFrame.Finished finished) {
    if (finished.length() != length) {
      epoch = finished.epoch();
      boolean known = gap;
      gap = true;
      return known ? Effect.NOTHING : Effect.GAP;
    }
    return end(finished, finished.epoch());
  }

  private Effect end(HubFrame frame, int newEpoch) {
    epoch = newEpoch;
    gap = false;
    end = frame;
    return Effect.ENDED;
  }
}
