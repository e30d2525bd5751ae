package dev.atrium.engine.djl;

/** Runs at each replay what a GPU would have noted. */
final class ReplayedAnew implements StepRecorder {

  int asked;
  int recorded;
  int replays;
  int open;
  boolean room = true;
  RuntimeException refusal;

  @Override
  public boolean hasRoom() {
    return room;
  }

  @Override
  public Recording record(Runnable launches) {
    asked++;
    if (refusal != null) {
      throw refusal;
    }
    recorded++;
    open++;
    return new Recording() {
      @Override
      public void replay() {
        replays++;
        launches.run();
      }

      @Override
      public void close() {
        open--;
      }
    };
  }
}
