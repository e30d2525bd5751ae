package dev.atrium.engine.djl;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * The same network in plain Java and 64-bit floats: no cache, no batch, no fusion. Slow, and easy to
 * compare with the papers.
 */
final class ReferenceDecoder {

  private final NetworkShape shape;
  private final WeightSource source;
  private final Map<String, double[]> weights = new HashMap<>();

  ReferenceDecoder(NetworkShape shape, WeightSource source) {
    this.shape = shape;
    this.source = source;
  }

  /** Logits after the last of these tokens. */
  double[] logits(int... ids) {
    double[][] x = new double[ids.length][];
    double[] embedding = matrix("model.embed_tokens.weight", shape.vocab(), shape.width());
    for (int t = 0; t < ids.length; t++) {
      x[t] = row(embedding, ids[t], shape.width());
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      String at = "model.layers." + layer + ".";
      attend(x, layer, at);
      for (double[] token : x) {
        add(token, feedForward(norm(token, vector(at + "post_attention_layernorm.weight")), at));
      }
    }
    double[] last = norm(x[x.length - 1], vector("model.norm.weight"));
    return shape.tied()
      ? product(embedding, last)
      : product(matrix("lm_head.weight", shape.vocab(), shape.width()), last);
  }

  private void attend(double[][] x, int index, String layer) {
    int d = shape.headDim();
    int queryWidth = shape.heads() * d;
    int keyWidth = shape.kvHeads() * d;
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] h = norm(x[t], vector(layer + "input_layernorm.weight"));
      q[t] = projected(layer + "self_attn.q_proj", queryWidth, h);
      k[t] = projected(layer + "self_attn.k_proj", keyWidth, h);
      v[t] = projected(layer + "self_attn.v_proj", keyWidth, h);
      normHeads(q[t], layer + "self_attn.q_norm.weight");
      normHeads(k[t], layer + "self_attn.k_norm.weight");
      if (shape.still().isEmpty() || !shape.still().get(index)) {
        turn(q[t], t);
        turn(k[t], t);
      }
    }
    double[] out = matrix(layer + "self_attn.o_proj.weight", shape.width(), queryWidth);
    boolean window = shape.window() > 0 && shape.windowed().get(index);
    for (int t = 0; t < x.length; t++) {
      double[] mixed = new double[queryWidth];
      for (int head = 0; head < shape.heads(); head++) {
        int keyAt = (head / (shape.heads() / shape.kvHeads())) * d;
        int from = window ? Math.max(0, t - shape.window() + 1) : 0;
        attendHead(q[t], k, v, from, t, head * d, keyAt, mixed);
      }
      add(x[t], product(out, mixed));
      if (shape.biases().output()) {
        add(x[t], vector(layer + "self_attn.o_proj.bias"));
      }
    }
  }

  private void attendHead(
    double[] q,
    double[][] k,
    double[][] v,
    int from,
    int t,
    int at,
    int keyAt,
    double[] mixed
  ) {
    double[] weight = new double[t + 1];
    double max = Double.NEGATIVE_INFINITY;
    for (int s = from; s <= t; s++) {
      for (int i = 0; i < shape.headDim(); i++) {
        weight[s] += (q[at + i] * k[s][keyAt + i]) / Math.sqrt(shape.headDim());
      }
      max = Math.max(max, weight[s]);
    }
    double sum = 0;
    for (int s = from; s <= t; s++) {
      sum += weight[s] = Math.exp(weight[s] - max);
    }
    for (int s = from; s <= t; s++) {
      for (int i = 0; i < shape.headDim(); i++) {
        mixed[at + i] += (weight[s] / sum) * v[s][keyAt + i];
      }
    }
  }

  private void normHeads(double[] heads, String normName) {
    int d = shape.headDim();
    for (int at = 0; shape.qkNorm() && at < heads.length; at += d) {
      System.arraycopy(norm(row(heads, at / d, d), vector(normName, d)), 0, heads, at, d);
    }
  }

  /** Rotates each head's pairs (j, j + d/2). */
  private void turn(double[] heads, int position) {
    int d = shape.headDim();
    double size = ReferenceRope.amplitude(shape.rope());
    for (int at = 0; at < heads.length; at += d) {
      for (int j = 0; j < d / 2; j++) {
        double angle = position * ReferenceRope.frequency(shape.rope(), j, d);
        double a = heads[at + j] * size;
        double b = heads[at + j + d / 2] * size;
        heads[at + j] = a * Math.cos(angle) - b * Math.sin(angle);
        heads[at + j + d / 2] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
  }

  private double[] projected(String name, int rows, double[] x) {
    double[] y = product(matrix(name + ".weight", rows, shape.width()), x);
    if (shape.biases().qkv()) {
      add(y, vector(name + ".bias", rows));
    }
    return y;
  }

  private double[] feedForward(double[] x, String layer) {
    double[] gate = product(matrix(layer + "mlp.gate_proj.weight", shape.ffn(), shape.width()), x);
    double[] up = product(matrix(layer + "mlp.up_proj.weight", shape.ffn(), shape.width()), x);
    if (shape.biases().mlp()) {
      add(gate, vector(layer + "mlp.gate_proj.bias", shape.ffn()));
      add(up, vector(layer + "mlp.up_proj.bias", shape.ffn()));
    }
    for (int i = 0; i < gate.length; i++) {
      gate[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
    }
    double[] y = product(matrix(layer + "mlp.down_proj.weight", shape.width(), shape.ffn()), gate);
    if (shape.biases().mlp()) {
      add(y, vector(layer + "mlp.down_proj.bias"));
    }
    return y;
  }

  private double[] norm(double[] x, double[] weight) {
    double mean = 0;
    for (double value : x) {
      mean += (value * value) / x.length;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (x[i] / Math.sqrt(mean + shape.eps())) * weight[i];
    }
    return y;
  }

  private static double[] product(double[] matrix, double[] x) {
    double[] y = new double[matrix.length / x.length];
    for (int r = 0; r < y.length; r++) {
      for (int c = 0; c < x.length; c++) {
        y[r] += matrix[r * x.length + c] * x[c];
      }
    }
    return y;
  }

  private static void add(double[] to, double[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += what[i];
    }
  }

  private static double[] row(double[] matrix, int row, int width) {
    double[] y = new double[width];
    System.arraycopy(matrix, row * width, y, 0, width);
    return y;
  }

  private double[] vector(String name) {
    return vector(name, shape.width());
  }

  private double[] vector(String name, int length) {
    return weights.computeIfAbsent(name, n -> doubles(source.weight(n, length)));
  }

  private double[] matrix(String name, int rows, int columns) {
    return weights.computeIfAbsent(name, n -> doubles(source.weight(n, rows, columns)));
  }

  private static double[] doubles(Weight weight) {
    float[] floats = weight.bytes().toArray(ValueLayout.JAVA_FLOAT);
    double[] result = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      result[i] = floats[i];
    }
    return result;
  }
}
