package dev.atrium.engine.training;

import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.safetensors.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/** One weight under its name in the Hugging Face layout. */
public record NamedWeight(String name, long[] shape, float[] values) {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );

  /** Takes apart what decoder.py keeps in one: query, key and value; gate and up. */
  static List<NamedWeight> split(NetworkShape shape, List<float[]> weights) {
    var out = new ArrayList<NamedWeight>();
    int width = shape.width();
    int queries = shape.heads() * shape.headDim();
    int keys = shape.kvHeads() * shape.headDim();
    add(out, "model.embed_tokens.weight", width, weights.get(0), 0, shape.vocab());
    for (int i = 0; i < shape.layers(); i++) {
      var at = "model.layers." + i + ".";
      var w = weights.subList(2 + 6 * i, 8 + 6 * i);
      add(out, at + "input_layernorm.weight", 1, w.get(0), 0, width);
      add(out, at + "self_attn.q_proj.weight", width, w.get(1), 0, queries);
      add(out, at + "self_attn.k_proj.weight", width, w.get(1), queries, keys);
      add(out, at + "self_attn.v_proj.weight", width, w.get(1), queries + keys, keys);
      add(out, at + "self_attn.o_proj.weight", queries, w.get(2), 0, width);
      add(out, at + "post_attention_layernorm.weight", 1, w.get(3), 0, width);
      add(out, at + "mlp.gate_proj.weight", width, w.get(4), 0, shape.ffn());
      add(out, at + "mlp.up_proj.weight", width, w.get(4), shape.ffn(), shape.ffn());
      add(out, at + "mlp.down_proj.weight", shape.ffn(), w.get(5), 0, width);
    }
    add(out, "model.norm.weight", 1, weights.get(1), 0, width);
    if (!shape.tied()) add(out, "lm_head.weight", width, weights.getLast(), 0, shape.vocab());
    return out;
  }

  private static void add(
    List<NamedWeight> out,
    String name,
    int columns,
    float[] from,
    int firstRow,
    int rows
  ) {
    var values = Arrays.copyOfRange(from, firstRow * columns, (firstRow + rows) * columns);
    var dims = columns == 1 ? new long[] { rows } : new long[] { rows, columns };
    out.add(new NamedWeight(name, dims, values));
  }

  /**
   * Reads the weights of a shape and puts them together as decoder.py wants them: the reverse of
   * {@link #split}.
   */
  static List<float[]> join(NetworkShape shape, WeightSource source) {
    var all = split(shape, NewWeights.of(shape, 0).stream().map(NewWeights::values).toList());
    var read = new HashMap<String, float[]>();
    for (var weight : all) {
      read.put(weight.name, floats(source.weight(weight.name, weight.shape)));
    }
    var out = new ArrayList<float[]>();
    out.add(read.get("model.embed_tokens.weight"));
    out.add(read.get("model.norm.weight"));
    for (int i = 0; i < shape.layers(); i++) {
      var at = "model.layers." + i + ".";
      out.add(read.get(at + "input_layernorm.weight"));
      var q = read.get(at + "self_attn.q_proj.weight");
      var k = read.get(at + "self_attn.k_proj.weight");
      out.add(concat(q, k, read.get(at + "self_attn.v_proj.weight")));
      out.add(read.get(at + "self_attn.o_proj.weight"));
      out.add(read.get(at + "post_attention_layernorm.weight"));
      var gate = read.get(at + "mlp.gate_proj.weight");
      out.add(concat(gate, read.get(at + "mlp.up_proj.weight")));
      out.add(read.get(at + "mlp.down_proj.weight"));
    }
    if (!shape.tied()) out.add(read.get("lm_head.weight"));
    return out;
  }

  private static float[] concat(float[]... parts) {
    int length = 0;
    for (var part : parts) length += part.length;
    var out = new float[length];
    int at = 0;
    for (var part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }

  private static float[] floats(Weight weight) {
    int n = (int) (weight.bytes().byteSize() / weight.type().bytes());
    var out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = switch (weight.type()) {
        case F32 -> weight.bytes().get(FLOAT, 4L * i);
        case F16 -> Float.float16ToFloat(weight.bytes().get(SHORT, 2L * i));
        case BF16 -> Float.intBitsToFloat(weight.bytes().get(SHORT, 2L * i) << 16);
        default -> throw ModelLoadException.unsupported(weight.name(), "type " + weight.type());
      };
    }
    return out;
  }

  /** The weight in half precision, ready to be written. */
  public Weight asF16() {
    var bytes = MemorySegment.ofArray(new byte[2 * values.length]);
    for (int i = 0; i < values.length; i++) {
      bytes.set(SHORT, 2L * i, Float.floatToFloat16(values[i]));
    }
    return new Weight(name, WeightType.F16, shape, bytes);
  }
}
