package dev.atrium.engine.llamacpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.NetworkShape.Biases;
import dev.atrium.engine.model.Rope;
import dev.atrium.engine.safetensors.RandomWeights;
import dev.atrium.engine.safetensors.Weight;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file is taken apart again, by a reader that knows nothing of the writer. */
class LlamaGgufTest {

  private static final NetworkShape SHAPE = NetworkShape.of(2, 64, 4, 2, 16, 96, 50, 128);

  @TempDir
  private Path dir;

  private record Tensor(long[] dimensions, int type, ByteBuffer bytes) {}

  private final Map<String, Object> facts = new HashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  @Test
  void tellsTheShapeAndHasEveryWeightUnderItsName() throws IOException {
    write(SHAPE, GgufType.F32);
    assertThat(facts)
      .containsEntry("general.architecture", "llama")
      .containsEntry("llama.block_count", 2)
      .containsEntry("llama.attention.head_count_kv", 2)
      .containsEntry("llama.rope.freq_base", 10_000f)
      .containsEntry("llama.vocab_size", 50);
    assertThat(tensors).hasSize(2 + 2 * 9).containsKeys("token_embd.weight", "output_norm.weight");
    assertThat(tensors.get("blk.1.ffn_down.weight").dimensions).containsExactly(96, 64);
    assertThat(tensors.get("blk.0.attn_norm.weight").dimensions).containsExactly(64);
    Weight up = weight("model.layers.1.mlp.up_proj.weight", 96, 64);
    ByteBuffer bytes = tensors.get("blk.1.ffn_up.weight").bytes;
    for (int i = 0; i < 96 * 64; i++) {
      assertThat(bytes.getFloat(4 * i)).isEqualTo(up.value(i));
    }
  }

  @Test
  void anUntiedHeadIsWrittenToo() throws IOException {
    write(SHAPE.withTied(false), GgufType.F16);
    assertThat(tensors.get("output.weight").dimensions).containsExactly(64, 50);
  }

  /** What turns together lies side by side there, half a head apart here. */
  @Test
  void rowsOfQueriesAndKeysLieInPairs() throws IOException {
    write(SHAPE, GgufType.F32);
    Weight ours = weight("model.layers.0.self_attn.k_proj.weight", 32, 64);
    ByteBuffer theirs = tensors.get("blk.0.attn_k.weight").bytes;
    int[] order = { 0, 8, 1, 9, 2, 10 };
    for (int head = 0; head < 2; head++) {
      for (int row = 0; row < order.length; row++) {
        float expected = ours.value(64L * (16 * head + order[row]) + 5);
        assertThat(theirs.getFloat(4 * (64 * (16 * head + row) + 5))).isEqualTo(expected);
      }
    }
  }

  @Test
  void blocksOfBytesComeBackWithinHalfAStep() throws IOException {
    write(SHAPE, GgufType.Q8_0);
    Tensor down = tensors.get("blk.0.ffn_down.weight");
    assertThat(down.type).isEqualTo(8);
    assertThat(tensors.get("blk.0.ffn_norm.weight").type).isZero();
    Weight ours = weight("model.layers.0.mlp.down_proj.weight", 64, 96);
    for (int i = 0; i < 64 * 96; i++) {
      int block = 34 * (i / 32);
      float scale = Float.float16ToFloat(down.bytes.getShort(block));
      float value = scale * down.bytes.get(block + 2 + (i % 32));
      assertThat(value).isCloseTo(ours.value(i), within(0.51f * scale + 1e-3f * Math.abs(value)));
    }
  }

  @Test
  void refusesWhatItDoesNotTranslate() {
    Rope.Scaling pressed = new Rope.Scaling.Linear(2);
    assertThatThrownBy(() -> new LlamaGguf(SHAPE.withQkNorm())).hasMessageContaining("plain");
    assertThatThrownBy(() ->
      new LlamaGguf(SHAPE.withBiases(new Biases(true, false, false)))
    ).hasMessageContaining("plain");
    assertThatThrownBy(() ->
      new LlamaGguf(SHAPE.withRope(new Rope(10_000, pressed)))
    ).hasMessageContaining("plain");
    NetworkShape narrow = NetworkShape.of(1, 48, 4, 2, 12, 80, 50, 128);
    assertThatThrownBy(() -> write(narrow, GgufType.Q8_0)).hasMessageContaining("multiple of 32");
  }

  private static Weight weight(String name, long... shape) {
    return new RandomWeights(4).weight(name, shape);
  }

  private void write(NetworkShape shape, GgufType type) throws IOException {
    Path file = dir.resolve("m.gguf");
    try (RandomWeights weights = new RandomWeights(4)) {
      new LlamaGguf(shape).write(file, weights, type);
    }
    read(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
  }

  private void read(ByteBuffer in) {
    assertThat(in.getInt()).isEqualTo(0x46554747);
    assertThat(in.getInt()).isEqualTo(3);
    long count = in.getLong();
    for (long n = in.getLong(); n > 0; n--) {
      String key = string(in);
      facts.put(
        key,
        switch (in.getInt()) {
          case 4 -> in.getInt();
          case 6 -> in.getFloat();
          case 8 -> string(in);
          default -> throw new AssertionError(key);
        }
      );
    }
    Map<String, Long> places = new LinkedHashMap<>();
    for (; count > 0; count--) {
      String name = string(in);
      long[] dimensions = new long[in.getInt()];
      for (int d = 0; d < dimensions.length; d++) {
        dimensions[d] = in.getLong();
      }
      tensors.put(name, new Tensor(dimensions, in.getInt(), null));
      places.put(name, in.getLong());
    }
    int data = ((in.position() + 31) / 32) * 32;
    tensors.replaceAll((name, t) -> {
      int at = Math.toIntExact(data + places.get(name));
      assertThat(at % 32).isZero();
      ByteBuffer bytes = in.slice(at, in.limit() - at).order(ByteOrder.LITTLE_ENDIAN);
      return new Tensor(t.dimensions, t.type, bytes);
    });
  }

  private static String string(ByteBuffer in) {
    byte[] utf8 = new byte[Math.toIntExact(in.getLong())];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
