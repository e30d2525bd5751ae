package dev.atrium.engine.training;

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
import dev.atrium.engine.torchscript.DecoderText;
import dev.atrium.engine.torchscript.ScriptModule;
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
    JniUtils.setNumThreads(options.threads());
    module = ScriptModule.load(DecoderText.read() + source(), "Trainer", attributes());
    for (var values : NewWeights.of(shape, options.seed())) {
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

  /**
   * Learns from one batch.
   *
   * @return the loss before the step, mean nats a learned token
   * @throws IllegalStateException if the loss is not a number; the weights are as before then
   */
  public double learn(TrainingBatch batch) {
    try (NDManager manager = module.manager().newSubManager()) {
      double loss = backward(batch, manager);
      if (!Double.isFinite(loss)) {
        throw new IllegalStateException("the loss at step " + (step + 1) + " is " + loss);
      }
      step++;
      update(manager);
      return loss;
    }
  }

  /** Fills the gradients of the weights and returns the loss. */
  private double backward(TrainingBatch batch, NDManager manager) {
    var inputs = new NDList(named(batch, manager));
    inputs.addAll(new NDList(new ArrayList<NDArray>(weights)));
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDList out = IValueUtils.forward(module.block(), inputs, true);
      out.attach(manager);
      collector.backward(out.singletonOrThrow());
      return out.singletonOrThrow().getFloat();
    }
  }

  private void update(NDManager manager) {
    module.tensors(
      manager,
      "update",
      array(weights),
      array(gradients(manager)),
      array(first),
      array(second),
      step,
      options.rateAt(step),
      options.decay(),
      TrainingOptions.BETA_1,
      TrainingOptions.BETA_2,
      options.clip()
    );
  }

  private List<PtNDArray> gradients(NDManager manager) {
    return weights
      .stream()
      .map(weight -> {
        var gradient = (PtNDArray) weight.getGradient();
        gradient.attach(manager);
        return gradient;
      })
      .toList();
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
      for (var gradient : gradients(manager)) {
        all.add(gradient.toFloatArray());
        gradient.subi(gradient);
      }
      return all;
    }
  }

  private static List<NDArray> named(TrainingBatch batch, NDManager manager) {
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

  private static PtNDArray[] array(List<PtNDArray> list) {
    return list.toArray(PtNDArray[]::new);
  }

  /** Writes everything that a resumed training needs; the old checkpoint stays until it is whole. */
  public void save(Path checkpoint) throws IOException {
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
    var values = weights.get(weight).toFloatArray();
    values[element] += by;
    copyInto(weights.get(weight), values);
  }

  /** The weights under the names of the Hugging Face layout, as they are now. */
  public List<NamedWeight> weights() {
    return NamedWeight.split(shape, weights.stream().map(NDArray::toFloatArray).toList());
  }

  @Override
  public void close() {
    module.close();
  }
}
