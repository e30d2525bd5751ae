package dev.atrium.engine.training;

/**
 * Where batches come from. A batch depends on its number alone, so that a training that resumes at
 * some step sees what it would have seen without the interruption: the number is the position of the
 * random generator.
 */
@FunctionalInterface
public interface BatchSource {
  TrainingBatch batch(long step);
}
