package dev.atrium.engine.djl;

/**
 * Notes what a piece of work launches on a device, so that all of it can be launched again at once. Of
 * the thread that runs the model.
 */
interface StepRecorder {
  /** Something that was recorded. */
  interface Recording extends AutoCloseable {
    /** Does it again, with what stands now in the same memory, and returns when it is done. */
    void replay();

    @Override
    void close();
  }

  /** That a recording can't be made now, and others can't either. */
  final class NotRecorded extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotRecorded(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Whether there is memory for one more. */
  boolean hasRoom();

  /**
   * Records what {@code launches} launches; it is run more than once, and what it wrote is there only
   * after the first replay.
   *
   * @throws NotRecorded if this can't be recorded
   */
  Recording record(Runnable launches);
}
