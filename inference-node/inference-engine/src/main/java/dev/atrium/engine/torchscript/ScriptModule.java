package dev.atrium.engine.torchscript;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import dev.atrium.engine.model.Device;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/**
 * A loaded archive. Methods run in inference mode: what they create can't take part in autograd
 * (training goes through {@link #block()}). Every native value made for a call is closed when the
 * call returns; tensors in results belong to the manager that was passed.
 *
 * <p>Not thread-safe, and bound to the thread that made it: libgomp keeps a pool of threads for each
 * calling thread.
 */
public final class ScriptModule implements AutoCloseable {

  private static final Map<String, String> ONTO_THE_DEVICE = Map.of("mapLocation", "true");

  private final Model model;
  private final PtSymbolBlock block;

  private ScriptModule(Model model) {
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
  }

  /**
   * Compiles {@code source} and makes an object of {@code className} with these attributes. What its
   * manager creates lies on the device.
   */
  public static ScriptModule load(
    String source,
    String className,
    Map<String, Object> attributes,
    Device device
  ) {
    byte[] archive = ScriptArchive.pack(source, className, attributes);
    return load(new ByteArrayInputStream(archive), className, device);
  }

  /** Loads an archive onto a device; the name is for messages. */
  public static ScriptModule load(InputStream archive, String name, Device device) {
    Model model = Model.newInstance(name, djl(device), "PyTorch");
    try {
      model.load(archive, ONTO_THE_DEVICE);
      return new ScriptModule(model);
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw new IllegalStateException("the script " + name + " can't be loaded", e);
    }
  }

  /** Loads {@code name.pt} of a folder straight onto a device. */
  public static ScriptModule load(Path folder, String name, Device device) {
    Model model = Model.newInstance(name, djl(device), "PyTorch");
    try {
      model.load(folder, name, ONTO_THE_DEVICE);
      return new ScriptModule(model);
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw new IllegalStateException("the script " + name + " can't be loaded", e);
    }
  }

  /** Always named: without one DJL takes a GPU wherever there is one. */
  private static ai.djl.Device djl(Device device) {
    return device.isGpu() ? ai.djl.Device.gpu(device.gpu()) : ai.djl.Device.cpu();
  }

  /** The root of all native memory of this module; sub-managers are made from it. */
  public NDManager manager() {
    return model.getNDManager();
  }

  /** The block itself, for forward passes under autograd. */
  public PtSymbolBlock block() {
    return block;
  }

  /** Calls a method whose result is of no interest. */
  public void run(String method, Object... args) {
    call(method, args, result -> null);
  }

  /** Calls a method that returns a {@code List[Tensor]}. */
  public NDArray[] tensors(NDManager into, String method, Object... args) {
    return call(method, args, result -> result.toTensorArray((PtNDManager) into));
  }

  private <T> T call(String method, Object[] args, Function<IValue, T> read) {
    IValue[] values = new IValue[args.length];
    try {
      for (int i = 0; i < args.length; i++) {
        values[i] = value(args[i]);
      }
      try (IValue result = IValueUtils.runMethod(block, method, values)) {
        return read.apply(result);
      }
    } finally {
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  private static IValue value(Object arg) {
    return switch (arg) {
      case PtNDArray tensor -> IValue.from(tensor);
      case PtNDArray[] tensors -> IValue.listFrom(tensors);
      case Integer n -> IValue.from(n.longValue());
      case Long n -> IValue.from(n);
      case Double d -> IValue.from(d);
      case Boolean b -> IValue.from(b);
      case String s -> IValue.from(s);
      case long[] longs -> IValue.listFrom(longs);
      default -> throw new IllegalArgumentException("no native value for " + arg.getClass());
    };
  }

  @Override
  public void close() {
    model.close();
  }
}
