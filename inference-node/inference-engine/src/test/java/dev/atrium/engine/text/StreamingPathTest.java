package dev.atrium.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Ids through detokenizer and stop strings, as an engine streams them and as another takes over. */
class StreamingPathTest {

  static final List<String> NAMES = SharedTokenizers.ALL;

  /** One answer's way from ids to text. */
  private static final class Stream {

    final Detokenizer detokenizer;
    final StopStrings stops;

    Stream(Tokenizer tokenizer, List<String> stopStrings) {
      detokenizer = new Detokenizer(tokenizer);
      stops = new StopStrings(stopStrings);
    }

    String next(int id) {
      return stops.next(detokenizer.next(id));
    }

    String end() {
      return stops.next(detokenizer.flush()) + stops.flush();
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void showsExactlyTheTextBeforeTheFirstStopString(String name) {
    try (Tokenizer tokenizer = Tokenizer.load(SharedTokenizers.dir(name))) {
      Random random = new Random(8);
      for (int round = 0; round < SharedTokenizers.rounds(300); round++) {
        int[] ids = ids(tokenizer, random);
        String whole = tokenizer.decode(ids);
        List<String> stopStrings = stopsFrom(whole, random);
        Stream stream = new Stream(tokenizer, stopStrings);
        StringBuilder shown = new StringBuilder();
        for (int id : ids) {
          String piece = stream.next(id);
          assertThat(endsInHalfACharacter(piece)).isFalse();
          shown.append(piece);
        }
        shown.append(stream.end());
        assertThat(shown.toString()).isEqualTo(untilStop(whole, stopStrings));
        assertThat(stream.stops.matched().isPresent()).isEqualTo(
          stopStrings.stream().anyMatch(whole::contains)
        );
      }
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void anotherEngineGoesOnWithoutASeam(String name) {
    try (Tokenizer tokenizer = Tokenizer.load(SharedTokenizers.dir(name))) {
      Random random = new Random(9);
      for (int round = 0; round < SharedTokenizers.rounds(300); round++) {
        int[] ids = ids(tokenizer, random);
        List<String> stopStrings = stopsFrom(tokenizer.decode(ids), random);
        int cut = random.nextInt(ids.length + 1);
        Stream first = new Stream(tokenizer, stopStrings);
        StringBuilder shown = new StringBuilder();
        IntStream.range(0, cut).forEach(i -> shown.append(first.next(ids[i])));
        // The second engine replays what was delivered, silently, and continues.
        Stream second = new Stream(tokenizer, stopStrings);
        IntStream.range(0, cut).forEach(i -> second.next(ids[i]));
        IntStream.range(cut, ids.length).forEach(i -> shown.append(second.next(ids[i])));
        shown.append(second.end());
        assertThat(shown.toString()).isEqualTo(untilStop(tokenizer.decode(ids), stopStrings));
      }
    }
  }

  /** Sometimes real text, sometimes noise; noise cuts characters in every way. */
  private static int[] ids(Tokenizer tokenizer, Random random) {
    int[] noise = random.ints(1 + random.nextInt(40), 0, tokenizer.vocabSize()).toArray();
    int[] text = tokenizer.encode(RandomText.mixed(random, List.of("<|im_end|>")), true);
    return switch (random.nextInt(3)) {
      case 0 -> noise;
      case 1 -> text.length == 0 ? noise : text;
      default -> IntStream.concat(IntStream.of(text), IntStream.of(noise)).toArray();
    };
  }

  private static List<String> stopsFrom(String text, Random random) {
    List<String> stops = new ArrayList<>(List.of("\nUser:", "😀!"));
    int[] points = text.codePoints().toArray();
    for (int i = random.nextInt(3); i > 0 && points.length > 0; i--) {
      int from = random.nextInt(points.length);
      int length = Math.min(points.length - from, 1 + random.nextInt(5));
      stops.add(new String(points, from, length));
    }
    return stops;
  }

  /** By the definition: the stop string that is complete first, and of those the longest. */
  private static String untilStop(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String head = text.substring(0, end);
      int longest = stops.stream().filter(head::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return text.substring(0, end - longest);
      }
    }
    return text;
  }

  private static boolean endsInHalfACharacter(String piece) {
    return !piece.isEmpty() && Character.isHighSurrogate(piece.charAt(piece.length() - 1));
  }
}
