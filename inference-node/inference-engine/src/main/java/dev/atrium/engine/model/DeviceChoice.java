package dev.atrium.engine.model;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Where a model shall be computed: {@code cpu}; {@code cuda}, every GPU that is there; {@code cuda:N},
 * one of them; {@code auto}, every GPU that is there, else the processor.
 */
public record DeviceChoice(String label) {
  public static final DeviceChoice CPU = new DeviceChoice("cpu");

  /** @throws IllegalArgumentException if it is none of the four */
  public DeviceChoice {
    label = label.toLowerCase(Locale.ROOT);
    if (!label.matches("cpu|cuda|cuda:\\d{1,3}|auto")) {
      throw new IllegalArgumentException(
        "unknown device '" + label + "' (there are cpu, cuda, cuda:N and auto)"
      );
    }
  }

  /** Whether it can be decided without looking for GPUs. */
  public boolean isCpu() {
    return label.equals("cpu");
  }

  public boolean isAuto() {
    return label.equals("auto");
  }

  /**
   * The devices, at least one, where there are so many GPUs.
   *
   * @throws ModelLoadException {@code device_missing} if a GPU is asked for that is not there
   */
  public List<Device> among(int gpus) {
    List<Device> all = IntStream.range(0, gpus).mapToObj(Device::new).toList();
    return switch (label) {
      case "cpu" -> List.of(Device.CPU);
      case "auto" -> gpus == 0 ? List.of(Device.CPU) : all;
      case "cuda" -> {
        requireGpus(1, gpus);
        yield all;
      }
      default -> {
        int wanted = Integer.parseInt(label.substring("cuda:".length()));
        requireGpus(wanted + 1, gpus);
        yield List.of(new Device(wanted));
      }
    };
  }

  private void requireGpus(int needed, int gpus) {
    if (gpus < needed) {
      String here = switch (gpus) {
        case 0 -> "no GPU: either there is none, or libtorch here is not the one for CUDA, or" +
        " libcudart.so is not where LD_LIBRARY_PATH leads";
        case 1 -> "one GPU, cuda:0";
        default -> gpus + " GPUs, cuda:0 to cuda:" + (gpus - 1);
      };
      throw new ModelLoadException(
        "device_missing",
        Map.of("device", label, "gpus", gpus),
        "device " + label + " can't be used: libtorch sees " + here
      );
    }
  }
}
