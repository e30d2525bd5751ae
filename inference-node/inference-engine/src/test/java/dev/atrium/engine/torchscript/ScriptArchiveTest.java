package dev.atrium.engine.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.atrium.engine.model.Device;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class ScriptArchiveTest {

  private static final String BOX = """
    class Box(Module):
      __parameters__ = []
      __buffers__ = []
      training : bool
      things : List[Tensor]
      def all(self: __torch__.Box) -> List[Tensor]:
        return [torch.cat([torch.flatten(thing.to(6)) for thing in self.things], 0)]
    """;

  private static final StoredTensor MATRIX = StoredTensor.of(
    ElementType.F32,
    new long[] { 2, 3 },
    out -> out.write(floats(1, 2, 3, 4, 5, 6))
  );
  private static final StoredTensor HALVES = StoredTensor.of(
    ElementType.F16,
    new long[] { 2 },
    out -> out.write(new byte[] { 0, 0x3c, 0, (byte) 0xc0 })
  );
  private static final StoredTensor BRAINS = StoredTensor.of(
    ElementType.BF16,
    new long[] { 2 },
    out -> out.write(new byte[] { (byte) 0x80, 0x3f, 0, (byte) 0xc0 })
  );

  @Test
  void tensorsOfAllTypesAreFoundInTheLoadedObject() {
    List<StoredTensor> things = List.of(
      MATRIX,
      HALVES,
      BRAINS,
      StoredTensor.zeros(ElementType.BF16, 2, 1)
    );
    try (
      ScriptModule module = ScriptModule.load(BOX, "Box", box(things), Device.CPU);
      NDManager manager = module.manager().newSubManager()
    ) {
      NDArray all = module.tensors(manager, "all")[0];
      assertThat(all.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6, 1, -2, 1, -2, 0, 0);
    }
  }

  @Test
  void entriesAreStoredAsTheyAre() throws IOException {
    byte[] archive = ScriptArchive.pack(BOX, "Box", box(List.of(MATRIX)));
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
        entries.put(entry.getName(), zip.readAllBytes()); // which also checks its sum
      }
    }
    assertThat(entries).containsOnlyKeys(
      "script/data.pkl",
      "script/code/__torch__.py",
      "script/constants.pkl",
      "script/data/0",
      "script/version"
    );
    assertThat(entries.get("script/data/0")).isEqualTo(floats(1, 2, 3, 4, 5, 6));
  }

  @Test
  void refusesATensorWithFewerBytesThanItsShape() {
    StoredTensor torn = StoredTensor.of(ElementType.F32, new long[] { 9 }, out ->
      out.write(floats(1, 2))
    );
    assertThatThrownBy(() ->
      ScriptArchive.write(new ByteArrayOutputStream(), BOX, "Box", box(List.of(torn)))
    ).isInstanceOf(ZipException.class);
  }

  @Test
  void refusesAnAttributeThatItCannotWrite() {
    Map<String, Object> attributes = Map.of("name", "text");
    assertThatThrownBy(() -> ScriptArchive.pack(BOX, "Box", attributes))
      .isInstanceOf(IllegalArgumentException.class)
      .hasMessageContaining("attribute name can't be a String");
  }

  private static Map<String, Object> box(List<StoredTensor> things) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("training", false);
    attributes.put("things", things);
    return attributes;
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
