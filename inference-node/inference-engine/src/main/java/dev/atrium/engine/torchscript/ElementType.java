package dev.atrium.engine.torchscript;

/** Types of the numbers in a stored tensor, by libtorch's names of their storages. */
public enum ElementType {
  F32("FloatStorage", 4),
  F16("HalfStorage", 2),
  BF16("BFloat16Storage", 2);

  private final String storage;
  private final int bytes;

  ElementType(String storage, int bytes) {
    this.storage = storage;
    this.bytes = bytes;
  }

  String storage() {
    return storage;
  }

  public int bytes() {
    return bytes;
  }
}
