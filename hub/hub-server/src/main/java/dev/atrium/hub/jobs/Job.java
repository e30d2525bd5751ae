package dev.atrium.hub.jobs;

import io.vertx.core.json.JsonObject;

/** What is done for one kind of job. It runs on a virtual thread and may wait there. */
@FunctionalInterface
public interface Job {
  /**
   * Does it, from where {@link RunningJob#state} says that an earlier try got to. Every step must do no
   * harm when it is repeated. Between two {@link RunningJob#save} no more than half a minute may pass, or
   * another hub begins beside this one.
   *
   * @return what is to be kept of it
   * @throws JobRefusedException if trying again would be of no use; any other exception leads to another
   *     try a little later
   */
  JsonObject run(RunningJob job);
}
