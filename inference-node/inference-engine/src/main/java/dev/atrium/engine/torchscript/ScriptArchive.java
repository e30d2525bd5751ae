package dev.atrium.engine.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript archive: a zip of the source text, the pickled attributes of one object, an
 * empty table of constants and the format's version. What libtorch reads is described in {@code
 * torch/csrc/jit/docs/serialization.md} of PyTorch.
 */
public final class ScriptArchive {

  private static final String FORMAT_VERSION = "10\n";

  private ScriptArchive() {}

  /**
   * @param source TorchScript text that defines {@code className}
   * @param attributes values of all attributes that the class declares: {@code Boolean}, {@code
   *     Long}, {@code Double} or {@link EmptyList}
   */
  public static byte[] pack(String source, String className, Map<String, Object> attributes) {
    Pickle object = new Pickle().newObject(className);
    attributes.forEach(object::attribute);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      entry(zip, "data.pkl", object.end());
      entry(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      entry(zip, "constants.pkl", new Pickle().emptyTuple().stop());
      entry(zip, "version", FORMAT_VERSION.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry("script/" + name));
    zip.write(content);
    zip.closeEntry();
  }

  /** An attribute that starts as an empty list; the script appends to it. */
  public enum EmptyList {
    /** {@code List[Tensor]}, which has a form of its own in the pickle. */
    OF_TENSORS,
    /** A list of objects, such as packed weights. */
    OF_OBJECTS,
  }

  /** The dozen opcodes of pickle protocol 2 that an object with plain attributes needs. */
  private static final class Pickle {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle() {
      out.write(0x80); // PROTO
      out.write(2);
    }

    Pickle newObject(String className) {
      text("c__torch__\n" + className + "\n"); // GLOBAL
      text(")"); // EMPTY_TUPLE
      out.write(0x81); // NEWOBJ
      text("}("); // EMPTY_DICT MARK
      return this;
    }

    void attribute(String name, Object value) {
      byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
      text("X"); // BINUNICODE
      littleEndian(utf8.length, 4);
      out.writeBytes(utf8);
      switch (value) {
        case Boolean b -> out.write(b ? 0x88 : 0x89); // NEWTRUE, NEWFALSE
        case Long n -> {
          out.write(0x8a); // LONG1
          out.write(8);
          littleEndian(n, 8);
        }
        case Double d -> {
          text("G"); // BINFLOAT, big-endian
          long bits = Double.doubleToLongBits(d);
          for (int shift = 56; shift >= 0; shift -= 8) {
            out.write((int) (bits >>> shift));
          }
        }
        case EmptyList list when list == EmptyList.OF_OBJECTS -> text("]"); // EMPTY_LIST
        case EmptyList _ -> {
          text("ctorch.jit._pickle\nbuild_tensorlist\n](e"); // GLOBAL EMPTY_LIST MARK APPENDS
          out.write(0x85); // TUPLE1
          text("R"); // REDUCE
        }
        default -> throw new IllegalArgumentException(
          "attribute " + name + " can't be a " + value.getClass().getSimpleName()
        );
      }
    }

    Pickle emptyTuple() {
      text(")");
      return this;
    }

    /** Sets the attributes and ends. */
    byte[] end() {
      text("ub"); // SETITEMS BUILD
      return stop();
    }

    byte[] stop() {
      text(".");
      return out.toByteArray();
    }

    private void text(String ascii) {
      out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    private void littleEndian(long value, int bytes) {
      for (int i = 0; i < bytes; i++) {
        out.write((int) (value >>> (8 * i)));
      }
    }
  }
}
