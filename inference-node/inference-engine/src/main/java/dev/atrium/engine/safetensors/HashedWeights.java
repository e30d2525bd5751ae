package dev.atrium.engine.safetensors;

import dev.atrium.engine.model.NetworkShape;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/** Weights, with everything that is taken of them added to a hash (SHA-256) over shape and weights. */
public final class HashedWeights implements WeightSource {

  /** A buffer can't be larger. */
  private static final long PIECE = 1L << 30;

  private final WeightSource source;
  private final MessageDigest hash = sha256();

  public HashedWeights(NetworkShape shape, WeightSource source) {
    this.source = source;
    hash.update(shape.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Weight weight(String name, long... dims) {
    Weight weight = source.weight(name, dims);
    hash.update((name + weight.type() + Arrays.toString(dims)).getBytes(StandardCharsets.UTF_8));
    MemorySegment bytes = weight.bytes();
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      hash.update(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer());
    }
    return weight;
  }

  @Override
  public Set<String> unused() {
    return source.unused();
  }

  @Override
  public void close() {
    source.close();
  }

  /** In hex, of what was taken so far; once. */
  public String hex() {
    return HexFormat.of().formatHex(hash.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
