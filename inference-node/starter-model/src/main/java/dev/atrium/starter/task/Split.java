package dev.atrium.starter.task;

/** Which templates and which entities a task is drawn from. */
public enum Split {
  /** Templates and entities of the training. */
  TRAINED,
  /** Templates that are held out of the training, with its entities. */
  UNSEEN_TEMPLATES,
  /** Templates of the training, with names, numbers and dates that are held out of it. */
  UNSEEN_ENTITIES,
}
