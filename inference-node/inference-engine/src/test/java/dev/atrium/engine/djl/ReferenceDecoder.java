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
      attend(x, at);
      for (double[] token : x) {
        add(token, feedForward(norm(token, vector(at + "post_attention_layernorm.weight")), at));
      }
    }
    double[] last = norm(x[x.length - 1], vector("model.norm.weight"));
    return shape.tied()
      ? product(embedding, last)
      : product(matrix("lm_head.weight", shape.vocab(), shape.width()), last);
  }

  private void attend(double[][] x, String layer) {
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
      turn(q[t], layer + "self_attn.q_norm.weight", t);
      turn(k[t], layer + "self_attn.k_norm.weight", t);
    }
    double[] out = matrix(layer + "self_attn.o_proj.weight", shape.width(), queryWidth);
    for (int t = 0; t < x.length; t++) {
      double[] mixed = new double[queryWidth];
      for (int head = 0; head < shape.heads(); head++) {
        int keyAt = (head / (shape.heads() / shape.kvHeads())) * d;
        attendHead(q[t], k, v, t, head * d, keyAt, mixed);
      }
      add(x[t], product(out, mixed));
    }
  }

  private void attendHead(
    double[] q,
    double[][] k,
    double[][] v,
    int t,
    int at,
    int keyAt,
    double[] mixed
  ) {
    double[] weight = new double[t + 1];
    double max = Double.NEGATIVE_INFINITY;
    for (int s = 0; s <= t; s++) {
      for (int i = 0; i < shape.headDim(); i++) {
        weight[s] += (q[at + i] * k[s][keyAt + i]) / Math.sqrt(shape.headDim());
      }
      max = Math.max(max, weight[s]);
    }
    double sum = 0;
    for (int s = 0; s <= t; s++) {
      sum += weight[s] = Math.exp(weight[s] - max);
    }
    for (int s = 0; s <= t; s++) {
      for (int i = 0; i < shape.headDim(); i++) {
        mixed[at + i] += (weight[s] / sum) * v[s][keyAt + i];
      }
    }
  }

  /** Norms each head where the family does, then rotates its pairs (j, j + d/2). */
  private void turn(double[] heads, String normName, int position) {
    int d = shape.headDim();
    for (int at = 0; at < heads.length; at += d) {
      if (shape.qkNorm()) {
        System.arraycopy(norm(row(heads, at / d, d), vector(normName, d)), 0, heads, at, d);
      }
      for (int j = 0; j < d / 2; j++) {
        double angle = position * Math.pow(shape.theta(), (-2.0 * j) / d);
        double a = heads[at + j];
        double b = heads[at + j + d / 2];
        heads[at + j] = a * Math.cos(angle) - b * Math.sin(angle);
        heads[at + j + d / 2] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
  }

  private double[] projected(String name, int rows, double[] x) {
    double[] y = product(matrix(name + ".weight", rows, shape.width()), x);
    if (shape.qkvBias()) {
      add(y, vector(name + ".bias", rows));
    }
    return y;
  }

  private double[] feedForward(double[] x, String layer) {
    double[] gate = product(matrix(layer + "mlp.gate_proj.weight", shape.ffn(), shape.width()), x);
    double[] up = product(matrix(layer + "mlp.up_proj.weight", shape.ffn(), shape.width()), x);
    for (int i = 0; i < gate.length; i++) {
      gate[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
    }
    return product(matrix(layer + "mlp.down_proj.weight", shape.width(), shape.ffn()), gate);
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
