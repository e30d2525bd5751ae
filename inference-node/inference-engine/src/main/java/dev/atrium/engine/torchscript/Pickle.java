package dev.atrium.engine.torchscript;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The two dozen opcodes of pickle protocol 2 that an object with plain attributes and tensors needs.
 * Tensors are named, not held: their bytes lie beside the pickle, under the key given here.
 */
final class Pickle {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Pickle() {
    out.write(0x80); // PROTO
    out.write(2);
  }

  Pickle newObject(String className) {
    global("__torch__", className);
    text(")"); // EMPTY_TUPLE
    out.write(0x81); // NEWOBJ
    text("}("); // EMPTY_DICT MARK
    return this;
  }

  /** The name of an attribute; its value follows. */
  Pickle name(String name) {
    string(name);
    return this;
  }

  void value(boolean b) {
    out.write(b ? 0x88 : 0x89); // NEWTRUE, NEWFALSE
  }

  void value(long n) {
    out.write(0x8a); // LONG1
    out.write(8);
    littleEndian(n, 8);
  }

  void value(double d) {
    text("G"); // BINFLOAT, big-endian
    long bits = Double.doubleToLongBits(d);
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.write((int) (bits >>> shift));
    }
  }

  void emptyList() {
    text("]"); // EMPTY_LIST
  }

  /** Lists of one type have a form of their own each. The key of each tensor is its number. */
  void tensors(List<StoredTensor> tensors, long firstKey) {
    typedList("build_tensorlist", () -> {
      long key = firstKey;
      for (StoredTensor tensor : tensors) {
        tensor(tensor, key++);
      }
    });
  }

  void integers(long... values) {
    typedList("build_intlist", () -> {
      for (long value : values) {
        value(value);
      }
    });
  }

  void numbers(double... values) {
    typedList("build_doublelist", () -> {
      for (double value : values) {
        value(value);
      }
    });
  }

  private void typedList(String builder, Runnable items) {
    global("torch.jit._pickle", builder);
    text("](");
    items.run();
    text("e"); // APPENDS
    out.write(0x85); // TUPLE1
    text("R"); // REDUCE
  }

  private void tensor(StoredTensor tensor, long key) {
    global("torch._utils", "_rebuild_tensor_v2");
    text("(("); // MARK MARK
    string("storage");
    global("torch", tensor.type().storage());
    string(Long.toString(key));
    string("cpu");
    value(tensor.storedElements());
    text("tQ"); // TUPLE BINPERSID
    value(0L); // offset in the storage
    longs(tensor.shape());
    longs(tensor.strides());
    value(false); // requires no gradient
    global("collections", "OrderedDict"); // and has no hooks
    text(")RtR"); // EMPTY_TUPLE REDUCE TUPLE REDUCE
  }

  private void longs(long[] values) {
    text("(");
    for (long value : values) {
      value(value);
    }
    text("t");
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

  private void global(String module, String name) {
    text("c" + module + "\n" + name + "\n");
  }

  private void string(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    text("X"); // BINUNICODE
    littleEndian(utf8.length, 4);
    out.writeBytes(utf8);
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
