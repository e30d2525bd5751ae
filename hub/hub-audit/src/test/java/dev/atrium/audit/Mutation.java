package dev.atrium.audit;

import dev.atrium.audit.Finding.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What somebody may do to the lines of an export, and what a verifier must then say. */
enum Mutation {
  ALTER_DETAIL(Kind.ALTERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      details(log.get(a)).put("completionTokens", 18L);
    }
  },
  ALTER_AND_HASH_AGAIN(Kind.ALTERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      record(log.get(a)).put("result", "refused");
      hashAgain(log.get(a));
    }
  },
  ALTER_STORED_HASH(Kind.ALTERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      log.get(a).put("hash", "ab".repeat(32));
    }
  },
  ALTER_ID_AND_HASH_AGAIN(Kind.ALTERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      record(log.get(a)).put("id", 7L);
      log.get(a).put("id", 7L);
      hashAgain(log.get(a));
    }
  },
  ALTER_PERSONAL(Kind.ALTERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      fields(log.get(a)).put("actorName", "somebody else");
    }
  },
  DELETE(Kind.MISSING) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      log.set(a, null);
    }
  },
  DELETE_RECORD_ONLY(Kind.MISSING) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      log.get(a).put("record", null);
      log.get(a).put("personal", List.of());
    }
  },
  SWAP_LINES(Kind.REORDERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      log.set(a, log.set(b, log.get(a)));
    }
  },
  SWAP_AND_RENUMBER(Kind.REORDERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      SWAP_LINES.apply(log, a, b);
      Object number = log.get(a).put("leaf", log.get(b).get("leaf"));
      log.get(b).put("leaf", number);
    }
  },
  SWAP_RECORDS_UNDER_THEIR_HASHES(Kind.REORDERED) {
    @Override
    void apply(List<Map<String, Object>> log, int a, int b) {
      for (String field : Set.of("record", "personal", "id")) {
        Object value = log.get(a).put(field, log.get(b).get(field));
        log.get(b).put(field, value);
      }
    }
  };

  final Kind expected;

  Mutation(Kind expected) {
    this.expected = expected;
  }

  /** Changes the leaves {@code a} and, if it takes two, {@code b}; a line that is null is left out. */
  abstract void apply(List<Map<String, Object>> log, int a, int b);

  boolean takesTwo() {
    return expected == Kind.REORDERED;
  }

  /** Whether it was found, and by its name. */
  boolean isNamed(Verdict verdict, int a, int b) {
    return verdict
      .findings()
      .stream()
      .filter(f -> f.kind() == expected && f.from() == f.through())
      .anyMatch(f -> (f.from() == a || (takesTwo() && f.from() == b)) && namesRecord(f));
  }

  private boolean namesRecord(Finding f) {
    long id = SealedLog.idOf(f.from());
    return f.record().orElse(id) == id || this == ALTER_ID_AND_HASH_AGAIN;
  }

  @SuppressWarnings("unchecked") // what Json reads
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Map<String, Object> record(Map<String, Object> line) {
    return map(line.get("record"));
  }

  private static Map<String, Object> details(Map<String, Object> line) {
    return map(record(line).get("details"));
  }

  private static Map<String, Object> fields(Map<String, Object> line) {
    return map(map(((List<?>) line.get("personal")).getFirst()).get("fields"));
  }

  static void hashAgain(Map<String, Object> line) {
    byte[] hash = TreeHash.leaf(CanonicalJson.write(record(line)));
    line.put("hash", HexFormat.of().formatHex(hash));
  }

  /** The leaves of an export, to be changed and put back. */
  static final class Leaves {

    private final List<String> lines;
    private final List<Integer> places = new ArrayList<>();
    final List<Map<String, Object>> log = new ArrayList<>();

    Leaves(List<String> lines, Set<Integer> wanted) {
      this.lines = lines;
      for (int line = 0; line < lines.size(); line++) {
        // In the canonical form `hash` is the first name of a leaf, and of nothing else.
        if (lines.get(line).startsWith("{\"hash\"")) {
          int leaf = places.size();
          places.add(line);
          log.add(wanted.contains(leaf) ? Json.object(lines.get(line)) : new LinkedHashMap<>());
        }
      }
    }

    /** The export with what was changed. */
    List<String> export() {
      List<String> export = new ArrayList<>(lines);
      for (int leaf = 0; leaf < log.size(); leaf++) {
        Map<String, Object> changed = log.get(leaf);
        if (changed == null) {
          export.set(places.get(leaf), null);
        } else if (!changed.isEmpty()) {
          export.set(
            places.get(leaf),
            new String(CanonicalJson.write(changed), StandardCharsets.UTF_8)
          );
        }
      }
      export.removeIf(line -> line == null);
      return export;
    }
  }
}
