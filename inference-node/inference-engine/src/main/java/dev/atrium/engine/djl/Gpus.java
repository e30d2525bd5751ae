package dev.atrium.engine.djl;

import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.DeviceChoice;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The GPUs that libtorch can use. It sees some only if it was built for CUDA. */
public final class Gpus {

  private static final Logger LOG = LoggerFactory.getLogger(Gpus.class);
  /** What a machine with an NVIDIA driver has: Linux's own device, or that of Linux within Windows. */
  private static final List<Path> DRIVERS = List.of(Path.of("/dev/nvidiactl"), Path.of("/dev/dxg"));

  private Gpus() {}

  /**
   * The devices of a choice, at least one. Loads libtorch only where it has to be asked.
   *
   * @throws dev.atrium.engine.model.ModelLoadException {@code device_missing}
   */
  public static List<Device> devices(DeviceChoice choice) {
    boolean nothingToAsk =
      choice.isCpu() || (choice.isAuto() && DRIVERS.stream().noneMatch(Files::exists));
    return choice.among(nothingToAsk ? 0 : Engine.getEngine("PyTorch").getGpuCount());
  }

  /** Bytes of its memory that nobody has taken; without bounds where CUDA does not tell. */
  static long freeBytes(Device device) {
    try {
      MemoryUsage usage = CudaUtils.getGpuMemory(ai.djl.Device.gpu(device.gpu()));
      return usage.getMax() - usage.getCommitted();
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("{}: its free memory is not known: {}", device.label(), e.toString());
      return Long.MAX_VALUE / 2;
    }
  }
}
