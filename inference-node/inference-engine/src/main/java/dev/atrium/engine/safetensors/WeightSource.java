package dev.atrium.engine.safetensors;

import dev.atrium.engine.model.ModelLoadException;
import java.util.Set;

/** Where a network's weights come from. Close it when they have been taken over. */
public interface WeightSource extends AutoCloseable {
  /**
   * The weight of this name.
   *
   * @throws ModelLoadException if there is none, or if it has another shape
   */
  Weight weight(String name, long... shape);

  /** Names of weights that are there and were not asked for. */
  Set<String> unused();

  @Override
  void close();
}
