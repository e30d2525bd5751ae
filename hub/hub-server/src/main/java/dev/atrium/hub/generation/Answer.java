package dev.atrium.hub.generation;

import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The text of one answer as it was shown, and who reads along. Positions are code points, assigned
 * here and nowhere else. Confined to the conductor's context; bounded by the longest answer.
 */
final class Answer {

  private static final int CHOICE = 0;

  private final UUID generationId;
  private final int epoch;
  private final StringBuilder text = new StringBuilder();
  private final List<Integer> tokenIds = new ArrayList<>();
  private final Map<UUID, Follower> followers = new LinkedHashMap<>();
  private int length;
  private HubFrame state;

  Answer(UUID generationId, int epoch) {
    this.generationId = generationId;
    this.epoch = epoch;
  }

  /** Code points shown so far. */
  int length() {
    return length;
  }

  /** UTF-16 units shown so far. */
  int chars() {
    return text.length();
  }

  /** The text from a UTF-16 index on. */
  String textFrom(int index) {
    return text.substring(index);
  }

  /** The ids of all tokens whose text was shown. */
  List<Integer> tokenIds() {
    return tokenIds;
  }

  /** Shows more; ids may come without text, when the text is still half a character. */
  void append(String more, List<Integer> ids) {
    tokenIds.addAll(ids);
    if (more.isEmpty()) {
      return;
    }
    int from = length;
    text.append(more);
    length += more.codePointCount(0, more.length());
    tell(new HubFrame.Delta(generationId, epoch, CHOICE, from, more));
  }

  /** Tells every follower how far it is; a later follower is told the same first. */
  void state(HubFrame frame) {
    state = frame;
    tell(frame);
  }

  /** Tells every follower. */
  void tell(HubFrame frame) {
    followers.values().forEach(f -> f.send(frame));
  }

  /** Tells every follower, each in their language, that it ended by an error. */
  void fail(ErrorCode code, Map<String, Object> args) {
    followers
      .values()
      .forEach(f ->
        f.send(new HubFrame.Failed(generationId, epoch, ErrorBody.of(code, args, f.locale())))
      );
  }

  /** Adds somebody who has seen nothing yet. */
  void follow(Follower follower) {
    followers.put(follower.id(), follower);
  }

  /** Removes a follower; one that is not there is not an error. */
  void unfollow(UUID followerId) {
    followers.remove(followerId);
  }

  /**
   * Adds somebody who holds {@code position} code points of the given epoch, and sends only what is
   * missing. Who holds more than was ever shown here is told to cut back.
   */
  void resume(Follower follower, int position) {
    boolean rewind = position > length;
    int from = rewind ? length : position;
    follower.send(
      new HubFrame.Resumed(
        generationId,
        epoch,
        rewind ? HubFrame.Mode.REWIND : HubFrame.Mode.CONTINUE,
        from
      )
    );
    if (state != null) {
      follower.send(state);
    }
    if (from < length) {
      String missing = text.substring(text.offsetByCodePoints(0, from));
      follower.send(new HubFrame.Delta(generationId, epoch, CHOICE, from, missing));
    }
    follow(follower);
  }
}
