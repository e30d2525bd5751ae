package dev.atrium.engine.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.model.ModelLoadException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One safetensors file: eight bytes of length, a JSON header of that length, then the tensors' bytes
 * without gaps (https://huggingface.co/docs/safetensors). The whole header is checked when the file
 * is opened, so that a weight taken from it is good.
 */
final class SafetensorsFile {

  /** The format's own bound, against headers that would fill the memory. */
  private static final long MAX_HEADER = 100_000_000;

  private static final ObjectMapper JSON = new ObjectMapper().enable(
    DeserializationFeature.FAIL_ON_TRAILING_TOKENS
  );

  private final String file;
  private final Map<String, Weight> weights = new LinkedHashMap<>();

  private SafetensorsFile(String file) {
    this.file = file;
  }

  /** Maps and checks a file; the arena holds the map. */
  static SafetensorsFile open(Path path, Arena arena) {
    String name = path.getFileName().toString();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() < Long.BYTES) {
        throw ModelLoadException.corrupt(name, "truncated: only " + channel.size() + " bytes");
      }
      MemorySegment map = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      SafetensorsFile result = new SafetensorsFile(name);
      result.readHeader(map);
      return result;
    } catch (IOException e) {
      throw ModelLoadException.corrupt(name, "can't be read: " + e.getMessage());
    }
  }

  Optional<Weight> find(String name) {
    return Optional.ofNullable(weights.get(name));
  }

  /** In the order of the header. */
  Set<String> names() {
    return weights.keySet();
  }

  private void readHeader(MemorySegment map) {
    long length = map.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
    if (length < 2 || length > MAX_HEADER) {
      throw corrupt("bad header length " + Long.toUnsignedString(length));
    }
    if (length > map.byteSize() - Long.BYTES) {
      throw corrupt(
        "truncated: the header wants " + length + " bytes of a file of " + map.byteSize()
      );
    }
    byte[] utf8 = map.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment data = map.asSlice(Long.BYTES + length);
    List<Range> ranges = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : parse(utf8).properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        ranges.add(readEntry(entry.getKey(), entry.getValue(), data));
      }
    }
    checkRanges(ranges, data.byteSize());
  }

  private JsonNode parse(byte[] utf8) {
    try {
      JsonNode header = JSON.readTree(new String(utf8, StandardCharsets.UTF_8));
      if (!header.isObject()) {
        throw corrupt("the header is not a JSON object");
      }
      return header;
    } catch (JsonProcessingException e) {
      throw corrupt("the header is not JSON: " + e.getOriginalMessage());
    }
  }

  private Range readEntry(String name, JsonNode entry, MemorySegment data) {
    WeightType type = type(name, entry.path("dtype").asText());
    JsonNode dims = entry.path("shape");
    JsonNode offsets = entry.path("data_offsets");
    if (!dims.isArray() || offsets.size() != 2) {
      throw corrupt(name + " lacks its shape or its offsets");
    }
    long[] shape = new long[dims.size()];
    long bytes = type.bytes();
    for (int i = 0; i < shape.length; i++) {
      shape[i] = dims.get(i).asLong(-1);
      if (shape[i] < 0 || (shape[i] > 0 && bytes > Long.MAX_VALUE / shape[i])) {
        throw corrupt(name + " has the impossible shape " + dims);
      }
      bytes *= shape[i];
    }
    long begin = offsets.get(0).asLong(-1);
    long end = offsets.get(1).asLong(-1);
    if (begin < 0 || end < begin || end > data.byteSize()) {
      throw corrupt(
        name + " lies at " + offsets + ", out of range of " + data.byteSize() + " bytes of data"
      );
    }
    if (end - begin != bytes) {
      throw corrupt(
        name + " has " + (end - begin) + " bytes, its shape " + dims + " wants " + bytes
      );
    }
    weights.put(name, new Weight(name, type, shape, data.asSlice(begin, bytes)));
    return new Range(name, begin, end);
  }

  private WeightType type(String name, String dtype) {
    try {
      return WeightType.valueOf(dtype);
    } catch (IllegalArgumentException _) {
      throw corrupt(name + " has the unknown type '" + dtype + "'");
    }
  }

  /** Tensors lie side by side: an overlap, a gap or bytes to spare mean that offsets are wrong. */
  private void checkRanges(List<Range> ranges, long size) {
    ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
    long at = 0;
    for (Range range : ranges) {
      if (range.begin() < at) {
        throw corrupt(range.name() + " overlaps the tensor before it");
      }
      if (range.begin() > at) {
        throw corrupt(
          "there is a gap of " + (range.begin() - at) + " bytes before " + range.name()
        );
      }
      at = range.end();
    }
    if (at != size) {
      throw corrupt("there are " + (size - at) + " bytes after the last tensor");
    }
  }

  private ModelLoadException corrupt(String problem) {
    return ModelLoadException.corrupt(file, problem);
  }

  private record Range(String name, long begin, long end) {}
}
