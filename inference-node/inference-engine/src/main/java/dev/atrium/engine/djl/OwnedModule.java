package dev.atrium.engine.djl;

import ai.djl.ndarray.NDManager;
import dev.atrium.engine.torchscript.ScriptModule;

/**
 * A script's module with what its last step has left behind. Belongs to the thread that made this:
 * any other one is refused.
 */
final class OwnedModule implements AutoCloseable {

  private final Thread owner = Thread.currentThread();
  private final ScriptModule module;
  private NDManager stepManager;

  OwnedModule(ScriptModule module) {
    this.module = module;
  }

  /** The module, for its thread. */
  ScriptModule get() {
    checkThread();
    return module;
  }

  /** Lets go what the last step has left, and returns where the next one leaves it. */
  NDManager nextStep() {
    checkThread();
    closeStep();
    stepManager = module.manager().newSubManager();
    return stepManager;
  }

  /** Native values that are held now: of the last step, and what lives as long as the module. */
  int nativeValues() {
    checkThread();
    return (
      module.manager().getManagedArrays().size() +
      (stepManager == null ? 0 : stepManager.getManagedArrays().size())
    );
  }

  @Override
  public void close() {
    checkThread();
    closeStep();
    module.close();
  }

  private void closeStep() {
    if (stepManager != null) {
      stepManager.close();
      stepManager = null;
    }
  }

  private void checkThread() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
        "the model belongs to " + owner.getName() + ", not to " + Thread.currentThread().getName()
      );
    }
  }
}
