package dev.atrium.engine.training;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.torchscript.ScriptModule;
import dev.atrium.engine.torchscript.ScriptText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A network in training: its weights, the two moments of AdamW and the number of steps taken.
 *
 * <p>On a GPU a step is only queued: nothing waits for it until a loss is asked for or the weights are
 * read.
 *
 * <p>Belongs to the thread that made it, and only one may collect gradients in a process at a time
 * (DJL's collector is global).
 */
public final class Trainer implements AutoCloseable {

  private final NetworkShape shape;
  private final TrainingOptions options;
  private final ScriptModule module;
  private final List<PtNDArray> weights = new ArrayList<>();
  private final List<PtNDArray> first = new ArrayList<>();
  private final List<PtNDArray> second = new ArrayList<>();
  /** Autograd adds to the same tensors for ever: empty before the first step. */
  private List<PtNDArray> gradients = List.of();
  /** Sum of the losses of the steps since it was read. */
  private final PtNDArray losses;
  private int unread;
  private long step;

  /**
   * A network with new weights, drawn from the seed.
   *
   * @throws IllegalArgumentException for a shape with biases or norms on queries and keys
   */
  public Trainer(NetworkShape shape, TrainingOptions options) {
    if (!shape.isPlain() || shape.rope().amplitude() != 1) {
      throw new IllegalArgumentException("only networks of the Llama shape can be trained");
    }
    this.shape = shape;
    this.options = options;
    Engine.getEngine("PyTorch"); // loads the native library
    boolean gpu = options.device().isGpu();
    // For the little that a GPU leaves to the processor, rotary tables, threads were woken each step and
    // then spun for 10 ms, in the way of the one that launches: 12 cores busy for nothing.
    JniUtils.setNumThreads(gpu ? 1 : options.threads());
    // What the processor profits from would make kernels anew on a GPU, for every shape of a batch.
    if (gpu) JniUtils.setGraphExecutorOptimize(false);
    module = ScriptModule.load(
      ScriptText.DECODER.read() + source(),
      "Trainer",
      attributes(),
      options.device()
    );
    losses = zeros();
    var begin = NewWeights.of(shape, options.seed());
    if (options.copying()) CopyingStart.into(shape, begin, options.seed());
    for (var values : begin) {
      weights.add(tensor(values.values(), values.shape()));
      weights.getLast().setRequiresGradient(true);
      weights.getLast().setName("w[]");
      first.add(zeros(values.shape()));
      second.add(zeros(values.shape()));
    }
  }

  private static String source() {
    try (var in = Trainer.class.getResourceAsStream("/dev/atrium/engine/trainer.py")) {
      InputStream found = Objects.requireNonNull(in, "trainer.py");
      return new String(found.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Object> attributes() {
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("training", false);
    attributes.put("L", (long) shape.layers());
    attributes.put("Q", (long) shape.heads());
    attributes.put("K", (long) shape.kvHeads());
    attributes.put("D", (long) shape.headDim());
    attributes.put("eps", shape.eps());
    attributes.put("frequencies", shape.rope().frequencies(shape.headDim()));
    return attributes;
  }

  private PtNDArray tensor(float[] values, long... dims) {
    return (PtNDArray) module.manager().create(values, new Shape(dims));
  }

  private PtNDArray zeros(long... dims) {
    return (PtNDArray) module.manager().zeros(new Shape(dims), DataType.FLOAT32);
  }

  public NetworkShape shape() {
    return shape;
  }

  public TrainingOptions options() {
    return options;
  }

  /** Steps taken so far. */
  public long step() {
    return step;
  }

  /** Learns from one batch. {@link #takeLoss} tells how it went. */
  public void learn(TrainingBatch batch) {
    try (NDManager manager = module.manager().newSubManager()) {
      var loss = backward(batch, manager);
      step++;
      unread++;
      update(loss);
    }
  }

  /**
   * Mean loss of the steps since it was last asked for, each before its step, in nats a learned token.
   * Not a number if there were none. Waits for the device.
   *
   * @throws IllegalStateException if one of them was not a number: the weights are lost then
   */
  public double takeLoss() {
    double mean = checkedLosses() / unread;
    module.run("zero", losses);
    unread = 0;
    return mean;
  }

  private double checkedLosses() {
    double sum = floats(losses)[0];
    if (!Double.isFinite(sum)) {
      throw new IllegalStateException("the loss at step " + step + " or just before is " + sum);
    }
    return sum;
  }

  /** Fills the gradients of the weights and returns the loss. */
  private PtNDArray backward(TrainingBatch batch, NDManager manager) {
    var inputs = new NDList(named(batch, manager));
    inputs.addAll(new NDList(new ArrayList<NDArray>(weights)));
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDList out = IValueUtils.forward(module.block(), inputs, true);
      out.attach(manager);
      collector.backward(out.singletonOrThrow());
      if (gradients.isEmpty()) gradients = weights.stream().map(this::gradient).toList();
      return (PtNDArray) out.singletonOrThrow();
    }
  }

  private PtNDArray gradient(PtNDArray weight) {
    var gradient = (PtNDArray) weight.getGradient();
    gradient.attach(module.manager());
    return gradient;
  }

  private void update(PtNDArray loss) {
    module.run(
      "update",
      array(weights),
      array(gradients),
      array(first),
      array(second),
      losses,
      loss,
      step,
      options.rateAt(step),
      options.decay(),
      TrainingOptions.BETA_1,
      TrainingOptions.BETA_2,
      options.clip()
    );
  }

  /** Loss of a batch, without learning from it. */
  public double loss(TrainingBatch batch) {
    try (NDManager manager = module.manager().newSubManager()) {
      var in = named(batch, manager);
      var out = module.tensors(
        manager,
        "loss",
        in.get(0),
        in.get(1),
        in.get(2),
        in.get(3),
        array(weights)
      );
      return out[0].getFloat();
    }
  }

  /** Gradients of one batch, a flat array for each weight, for the tests. */
  List<float[]> gradientsOf(TrainingBatch batch) {
    try (NDManager manager = module.manager().newSubManager()) {
      backward(batch, manager);
      var all = new ArrayList<float[]>();
      for (var gradient : gradients) {
        all.add(floats(gradient));
        module.run("zero", gradient);
      }
      return all;
    }
  }

  /** The batch in the host's memory, from where the program itself copies it. */
  private static List<NDArray> named(TrainingBatch batch, NDManager device) {
    NDManager manager = device.newSubManager(Device.cpu());
    int learned = batch.learned();
    if (learned == 0) throw new IllegalArgumentException("nothing is learned from this batch");
    var places = new long[learned];
    var targets = new long[learned];
    var weights = new float[learned];
    float sum = 0;
    var ids = new long[batch.ids().length];
    int n = 0;
    for (int i = 0; i < ids.length; i++) {
      ids[i] = batch.ids()[i];
      if (batch.targets()[i] == TrainingBatch.IGNORED) continue;
      places[n] = i;
      weights[n] = batch.weights()[i];
      sum += weights[n];
      targets[n++] = batch.targets()[i];
    }
    for (int i = 0; i < learned; i++) weights[i] /= sum;
    List<NDArray> result = List.of(
      manager.create(ids, new Shape(batch.rows(), batch.length())),
      manager.create(places),
      manager.create(targets),
      manager.create(weights)
    );
    result.get(0).setName("ids");
    result.get(1).setName("places");
    result.get(2).setName("targets");
    result.get(3).setName("weights");
    return result;
  }

  /** The numbers of a tensor. DJL itself would keep the copy of those of a GPU as long as the tensor. */
  static float[] floats(PtNDArray tensor) {
    if (!tensor.getDevice().isGpu()) return tensor.toFloatArray();
    try (PtNDArray copy = tensor.toDevice(Device.cpu(), true)) {
      return copy.toFloatArray();
    }
  }

  private static PtNDArray[] array(List<PtNDArray> list) {
    return list.toArray(PtNDArray[]::new);
  }

  /**
   * Writes everything that a resumed training needs; the old checkpoint stays until it is whole.
   *
   * @throws IllegalStateException if a loss was not a number: such weights are not written
   */
  public void save(Path checkpoint) throws IOException {
    double _ = checkedLosses();
    Checkpoint.write(
      checkpoint,
      new Checkpoint.State(step, options.steps(), options.seed()),
      List.of(weights, first, second)
    );
  }

  /**
   * Goes on from a checkpoint of the same shape and options.
   *
   * @throws IllegalArgumentException if it belongs to another schedule or seed
   * @throws dev.atrium.engine.model.ModelLoadException if it is missing, broken or of another shape
   */
  public void resume(Path checkpoint) {
    var expected = new Checkpoint.State(0, options.steps(), options.seed());
    step = Checkpoint.read(checkpoint, expected, List.of(weights, first, second), this::copyInto);
  }

  /**
   * Starts from weights that exist, for example those of a model directory, with empty moments.
   *
   * @throws dev.atrium.engine.model.ModelLoadException if one is missing or of another shape
   */
  public void load(WeightSource source) {
    var values = NamedWeight.join(shape, source);
    for (int i = 0; i < values.size(); i++) copyInto(weights.get(i), values.get(i));
  }

  /** Steps in all of the training that left this checkpoint. */
  public static long schedule(Path checkpoint) {
    return Checkpoint.state(checkpoint).steps();
  }

  private void copyInto(PtNDArray target, float[] values) {
    try (NDArray source = module.manager().create(values, target.getShape())) {
      module.run("fill", target, (PtNDArray) source);
    }
  }

  /** Changes one number of one weight, for the tests. */
  void nudge(int weight, int element, float by) {
    var values = floats(weights.get(weight));
    values[element] += by;
    copyInto(weights.get(weight), values);
  }

  /** The weights under the names of the Hugging Face layout, as they are now. */
  public List<NamedWeight> weights() {
    return NamedWeight.split(shape, weights.stream().map(Trainer::floats).toList());
  }

  @Override
  public void close() {
    module.close();
  }
}
