package dev.atrium.engine.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript archive: a zip of the source text, the pickled attributes of one object, the
 * bytes of its tensors, an empty table of constants and the format's version. What libtorch reads is
 * described in {@code torch/csrc/jit/docs/serialization.md} of PyTorch.
 */
public final class ScriptArchive {

  private static final String FORMAT_VERSION = "10\n";

  private ScriptArchive() {}

  /**
   * @param source TorchScript text that defines {@code className}
   * @param attributes values of all attributes that the class declares: {@code Boolean}, {@code
   *     Long}, {@code Double}, arrays of the latter two, {@link EmptyList} or a list of {@link
   *     StoredTensor}s
   */
  public static byte[] pack(String source, String className, Map<String, Object> attributes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(bytes, source, className, attributes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * The same into a stream, tensor by tensor: no more of them is in memory than their own {@link
   * StoredTensor.Bytes} need. The stream is closed. Nothing is compressed.
   */
  public static void write(
    OutputStream out,
    String source,
    String className,
    Map<String, Object> attributes
  ) throws IOException {
    List<StoredTensor> tensors = new ArrayList<>();
    byte[] object = object(className, attributes, tensors);
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      entry(zip, "data.pkl", object);
      entry(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      entry(zip, "constants.pkl", new Pickle().emptyTuple().stop());
      for (int key = 0; key < tensors.size(); key++) {
        entry(zip, "data/" + key, tensors.get(key).storedBytes(), tensors.get(key).bytes());
      }
      entry(zip, "version", FORMAT_VERSION.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Pickles the object, and gathers its tensors in the order of their keys. */
  private static byte[] object(
    String className,
    Map<String, Object> attributes,
    List<StoredTensor> tensors
  ) {
    Pickle pickle = new Pickle().newObject(className);
    attributes.forEach((name, value) -> {
      pickle.name(name);
      switch (value) {
        case Boolean b -> pickle.value(b);
        case Long n -> pickle.value(n);
        case Double d -> pickle.value(d);
        case long[] numbers -> pickle.integers(numbers);
        case double[] numbers -> pickle.numbers(numbers);
        case EmptyList list when list == EmptyList.OF_OBJECTS -> pickle.emptyList();
        case EmptyList _ -> pickle.tensors(List.of(), 0);
        case List<?> list -> {
          List<StoredTensor> stored = list.stream().map(StoredTensor.class::cast).toList();
          pickle.tensors(stored, tensors.size());
          tensors.addAll(stored);
        }
        default -> throw new IllegalArgumentException(
          "attribute " + name + " can't be a " + value.getClass().getSimpleName()
        );
      }
    });
    return pickle.end();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    entry(zip, name, content.length, out -> out.write(content));
  }

  /** A stored entry, whose sum stands before it: so the bytes are made twice. */
  private static void entry(ZipOutputStream zip, String name, long size, StoredTensor.Bytes bytes)
    throws IOException {
    CRC32 sum = new CRC32();
    bytes.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), sum));
    ZipEntry entry = new ZipEntry("script/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(size);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    bytes.writeTo(zip);
    zip.closeEntry();
  }

  /** An attribute that starts as an empty list; the script appends to it. */
  public enum EmptyList {
    /** {@code List[Tensor]}, which has a form of its own in the pickle. */
    OF_TENSORS,
    /** A list of objects, such as packed weights. */
    OF_OBJECTS,
  }
}
