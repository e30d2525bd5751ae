package dev.atrium.engine.model;

/**
 * A part of the machine that computes.
 *
 * @param gpu number of the GPU as CUDA counts them, from 0; -1 for the processor
 */
public record Device(int gpu) {
  public static final Device CPU = new Device(-1);

  public Device {
    if (gpu < -1) {
      throw new IllegalArgumentException("there is no GPU " + gpu);
    }
  }

  public boolean isGpu() {
    return gpu >= 0;
  }

  /** {@code cpu} or {@code cuda:N}. */
  public String label() {
    return isGpu() ? "cuda:" + gpu : "cpu";
  }
}
