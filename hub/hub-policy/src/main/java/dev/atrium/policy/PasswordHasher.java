package dev.atrium.policy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106). A hash is a PHC string that carries its parameters and its salt, so that the
 * parameters may be raised without breaking old hashes. One hash takes a fifth of a second and its
 * memory: callers must bound how many run at once. Safe for many threads.
 */
public final class PasswordHasher {

  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int LARGEST_MEMORY_KIB = 1 << 20;
  private static final int MOST_PASSES = 16;
  private static final Pattern PHC = Pattern.compile(
    "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=(\\d{1,2})\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})"
  );

  private final SecureRandom random = new SecureRandom();
  private final Cost cost;
  private final String nobody;

  /**
   * What one hash costs.
   *
   * @param memoryKib memory in KiB
   * @param passes over that memory
   */
  public record Cost(int memoryKib, int passes) {
    /** 64 MiB, 3 passes, one lane: near the second choice of RFC 9106, about 0.2 s here. */
    public static final Cost STANDARD = new Cost(64 * 1024, 3);

    public Cost {
      if (memoryKib < 8 || memoryKib > LARGEST_MEMORY_KIB || passes < 1 || passes > MOST_PASSES) {
        throw new IllegalArgumentException("cost out of range");
      }
    }
  }

  private record Parsed(Cost cost, int lanes, byte[] salt, byte[] hash) {}

  /** With {@link Cost#STANDARD}. */
  public PasswordHasher() {
    this(Cost.STANDARD);
  }

  public PasswordHasher(Cost cost) {
    this.cost = cost;
    // Never equal to a real hash: 32 zero bytes. It is there to be computed against.
    this.nobody = phc(new byte[SALT_BYTES], new byte[HASH_BYTES]);
  }

  /** Hashes a password with a new salt. */
  public String hash(String password) {
    var salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return phc(salt, compute(password, cost, 1, salt, HASH_BYTES));
  }

  /**
   * Whether the password is the one of the stored hash; without a stored hash the answer is no, and
   * takes as long.
   *
   * @throws IllegalArgumentException if the stored text is not a hash of ours
   */
  public boolean verify(String password, Optional<String> stored) {
    var parsed = parse(stored.orElse(nobody));
    var computed = compute(
      password,
      parsed.cost(),
      parsed.lanes(),
      parsed.salt(),
      parsed.hash().length
    );
    return MessageDigest.isEqual(computed, parsed.hash()) && stored.isPresent();
  }

  private static byte[] compute(String password, Cost cost, int lanes, byte[] salt, int length) {
    // The same password typed on another keyboard may come composed differently.
    var text = Normalizer.normalize(password, Normalizer.Form.NFC);
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var generator = new Argon2BytesGenerator();
    generator.init(
      new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
        .withMemoryAsKB(cost.memoryKib())
        .withIterations(cost.passes())
        .withParallelism(lanes)
        .withSalt(salt)
        .build()
    );
    var out = new byte[length];
    try {
      generator.generateBytes(bytes, out);
      return out;
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private String phc(byte[] salt, byte[] hash) {
    var base64 = Base64.getEncoder().withoutPadding();
    return (
      "$argon2id$v=19$m=" +
      cost.memoryKib() +
      ",t=" +
      cost.passes() +
      ",p=1$" +
      base64.encodeToString(salt) +
      "$" +
      base64.encodeToString(hash)
    );
  }

  private static Parsed parse(String phc) {
    var m = PHC.matcher(phc);
    if (!m.matches()) {
      throw new IllegalArgumentException("not an Argon2id hash");
    }
    var lanes = Integer.parseInt(m.group(3));
    if (lanes < 1) {
      throw new IllegalArgumentException("not an Argon2id hash");
    }
    var decoder = Base64.getDecoder();
    return new Parsed(
      new Cost(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2))),
      lanes,
      decoder.decode(m.group(4)),
      decoder.decode(m.group(5))
    );
  }
}
