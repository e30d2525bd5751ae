package dev.atrium.policy.sensitive;

import java.util.function.Consumer;

/** Finds one kind of data. Looks at each character a bounded number of times, whatever the text. */
interface Detector {
  Kind kind();

  /** Tells of everything it finds, from left to right; findings of one detector do not overlap. */
  void find(Reading text, Consumer<Finding> found);
}
