package dev.atrium.audit;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Reads what {@link ExportWriter} wrote, a line at a time, and goes on behind a line that is damaged. */
final class ExportReader {

  private final Lines lines;
  private Optional<ExportLine.Header> header = Optional.empty();

  ExportReader(InputStream in) {
    this.lines = new Lines(in);
  }

  /** The next line; empty at the end of the file. */
  Optional<ExportLine> next() throws IOException {
    int length = lines.next();
    if (length == Lines.END) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(Json.object(lines.bytes(), length)));
    } catch (
      ClassCastException
      | NullPointerException
      | NoSuchElementException
      | IllegalArgumentException e
    ) {
      return Optional.of(new ExportLine.Damaged(lines.number()));
    }
  }

  private ExportLine parse(Map<String, Object> json) {
    if (json.containsKey("leaf")) {
      return leaf(json);
    }
    if (json.containsKey("checkpoint")) {
      return signed(json);
    }
    if (json.containsKey("end")) {
      return new ExportLine.End((Long) json.get("end"), (Long) json.get("unsealed"));
    }
    if (json.containsKey("key")) {
      byte[] spki = HexFormat.of().parseHex((String) json.get("key"));
      return new ExportLine.Key(CheckpointKey.of(header.orElseThrow().origin(), spki));
    }
    if (!ExportWriter.KIND.equals(json.get("atrium"))) {
      throw new IllegalArgumentException("no line of an export");
    }
    var first = new ExportLine.Header((String) json.get("origin"), (Long) json.get("size"));
    header = Optional.of(first);
    return first;
  }

  @SuppressWarnings("unchecked") // what a JSON object is read into
  private static ExportLine leaf(Map<String, Object> json) {
    byte[] hash = HexFormat.of().parseHex((String) json.get("hash"));
    long index = (Long) json.get("leaf");
    if (hash.length != TreeHash.BYTES || index < 0) {
      throw new IllegalArgumentException("no leaf");
    }
    List<Personal> personal = new ArrayList<>();
    ((List<?>) json.get("personal")).forEach(p -> personal.add(Personal.fromJson((Map<?, ?>) p)));
    return new ExportLine.Leaf(
      index,
      (Long) json.get("id"),
      hash,
      Optional.ofNullable((Map<String, Object>) json.get("record")),
      personal
    );
  }

  private static ExportLine signed(Map<String, Object> json) {
    SignedCheckpoint checkpoint = SignedCheckpoint.parse((String) json.get("checkpoint"));
    String frontier = (String) json.get("frontier");
    return new ExportLine.Signed(
      checkpoint,
      frontier.isEmpty()
        ? Optional.empty()
        : Optional.of(
          Frontier.of(checkpoint.checkpoint().treeSize(), HexFormat.of().parseHex(frontier))
        )
    );
  }
}
