package dev.atrium.audit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** A log as a sealer makes it, with the lines of its export and the anchors that went off the host. */
final class SealedLog {

  static final String ORIGIN = Checkpoint.origin("0198f2a0-0000-7000-8000-000000000001");
  private static final Instant START = Instant.parse("2026-11-23T20:30:00Z");

  final List<String> lines;
  final List<Anchor> anchors = new ArrayList<>();

  /** So many records; after at most {@code batch} of them comes a checkpoint. */
  SealedLog(int records, int batch, long seed) {
    Random random = new Random(seed);
    CheckpointSigner signer = CheckpointSigner.create(ORIGIN);
    Frontier frontier = new Frontier();
    List<Anchor.Leaf> leaves = new ArrayList<>();
    var bytes = new ByteArrayOutputStream();
    var export = new ExportWriter(bytes);
    try {
      export.header(ORIGIN, records, START);
      export.key(signer.key());
      int until = 0;
      for (int i = 0; i < records; i++) {
        if (i == until) {
          until += 1 + random.nextInt(batch);
        }
        Personal personal = personal(random);
        AuditRecord record = record(1_000 + 2L * i, personal, random);
        frontier.append(record.leafHash());
        leaves.add(new Anchor.Leaf(record.id(), HexFormat.of().formatHex(record.leafHash())));
        export.leaf(i, record.id(), record.leafHash(), Optional.of(record), List.of(personal));
        if (i + 1 == until || i + 1 == records) {
          Anchor anchor = anchor(signer, frontier, leaves);
          export.checkpoint(anchor.checkpoint(), frontier.bytes());
          anchors.add(anchor);
          leaves.clear();
        }
      }
      export.end(records, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static Personal personal(Random random) {
    byte[] salt = new byte[Commitment.SALT_BYTES];
    random.nextBytes(salt);
    return new Personal(
      Optional.of(new UUID(random.nextLong(), random.nextLong())),
      salt,
      Map.of("actorName", "somebody " + random.nextInt(100), "address", "10.0.0.1")
    );
  }

  private static AuditRecord record(long id, Personal personal, Random random) {
    return new AuditRecord(
      id,
      START.plusMillis(id),
      Optional.of(new UUID(random.nextLong(), random.nextLong())),
      "generation.end",
      Optional.of("generation"),
      Optional.of(new UUID(random.nextLong(), random.nextLong()).toString()),
      "ok",
      Optional.of("correlation " + random.nextInt(1_000)),
      Map.of("model", "starter", "promptTokens", random.nextInt(9_999), "completionTokens", 17),
      Map.of(
        "actorName",
        personal.commitment("actorName"),
        "address",
        personal.commitment("address")
      )
    );
  }

  private static Anchor anchor(
    CheckpointSigner signer,
    Frontier frontier,
    List<Anchor.Leaf> leaves
  ) {
    HexFormat hex = HexFormat.of();
    Checkpoint checkpoint = new Checkpoint(
      ORIGIN,
      frontier.size(),
      hex.formatHex(frontier.root()),
      START
    );
    return new Anchor(
      signer.sign(checkpoint),
      hex.formatHex(signer.key().spki()),
      hex.formatHex(frontier.bytes()),
      leaves
    );
  }

  static long idOf(long leaf) {
    return 1_000 + 2 * leaf;
  }

  /** The verdict on these lines with all anchors. */
  Verdict verdict(List<String> export) {
    return verdict(export, anchors);
  }

  static Verdict verdict(List<String> export, List<Anchor> anchors) {
    return verdict(export, anchors, List.of());
  }

  static Verdict verdict(List<String> export, List<Anchor> anchors, List<SignedCheckpoint> bare) {
    byte[] bytes = (String.join("\n", export) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      return Verifier.verify(new ByteArrayInputStream(bytes), anchors, bare);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first leaves of a log and what belongs to them; with an end and a size that fit, or with none. */
  record Cut(SealedLog log, int left, boolean covered) {
    List<String> lines() {
      List<String> cut = new ArrayList<>();
      int leaves = 0;
      for (String line : log.lines) {
        if (line.startsWith("{\"hash\"") && ++leaves > left) {
          break;
        }
        cut.add(line);
      }
      if (covered) {
        cut.set(0, cut.getFirst().replaceFirst("\"size\":\\d+", "\"size\":" + left));
        cut.add("{\"end\":" + left + ",\"unsealed\":0}");
      }
      return cut;
    }
  }
}
