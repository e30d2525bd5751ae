package dev.atrium.engine.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightType;
import dev.atrium.engine.torchscript.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightConversionTest {

  @Test
  void bytesOfTheSameTypeAreCopiedAsTheyAre() throws IOException {
    byte[] bytes = new byte[2_000_004];
    new Random(1).nextBytes(bytes);
    assertThat(written(WeightType.BF16, bytes, ElementType.BF16)).isEqualTo(bytes);
    assertThat(written(WeightType.F16, bytes, ElementType.F16)).isEqualTo(bytes);
    assertThat(written(WeightType.F32, bytes, ElementType.F32)).isEqualTo(bytes);
  }

  @Test
  void bf16IsRoundedToTheNearestAndToEvenBetweenTwo() throws IOException {
    byte[] result = written(
      WeightType.F32,
      ints(
        0x3f80_7fff, // just below the middle
        0x3f80_8000, // the middle above an even one
        0x3f81_8000, // the middle above an odd one
        0x3f80_8001,
        0xbf80_8001,
        0x7f80_0000, // infinity stays
        0x7f80_0001 // what is no number stays none
      ),
      ElementType.BF16
    );
    short[] shorts = new short[7];
    ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(shorts);
    assertThat(shorts).containsExactly(
      0x3f80,
      0x3f80,
      0x3f82,
      0x3f81,
      (short) 0xbf81,
      0x7f80,
      0x7fc0
    );
  }

  @Test
  void narrowNumbersComeBackFromWideOnes() throws IOException {
    byte[] halves = new byte[2 * 0x7c00]; // all finite positive numbers of f16
    for (int i = 0; i < 0x7c00; i++) {
      halves[2 * i] = (byte) i;
      halves[2 * i + 1] = (byte) (i >> 8);
    }
    byte[] wide = written(WeightType.F16, halves, ElementType.F32);
    assertThat(written(WeightType.F32, wide, ElementType.F16)).isEqualTo(halves);
    byte[] brains = new byte[2 * 0x7f80];
    for (int i = 0; i < 0x7f80; i++) {
      brains[2 * i] = (byte) i;
      brains[2 * i + 1] = (byte) (i >> 8);
    }
    wide = written(WeightType.BF16, brains, ElementType.F32);
    assertThat(written(WeightType.F32, wide, ElementType.BF16)).isEqualTo(brains);
  }

  @Test
  void refusesANumberThatTheTypeCannotHold() {
    assertThatThrownBy(() ->
      written(WeightType.F32, ints(Float.floatToIntBits(70_000)), ElementType.F16)
    )
      .isInstanceOf(ModelLoadException.class)
      .hasMessageContaining("70000.0, too large for fp16");
  }

  @Test
  void refusesWeightsThatAreNoFloats() {
    assertThatThrownBy(() -> written(WeightType.I32, ints(1), ElementType.F32))
      .isInstanceOf(ModelLoadException.class)
      .hasMessageContaining("type I32");
  }

  private static byte[] ints(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private static byte[] written(WeightType from, byte[] bytes, ElementType to) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long[] shape = { bytes.length / from.bytes() };
    new WeightConversion(to).write(new Weight("w", from, shape, MemorySegment.ofArray(bytes)), out);
    return out.toByteArray();
  }
}
