package dev.atrium.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An export as files: for each table a JSON array and the same rows as CSV (RFC 4180, UTF-8). The folder
 * is new and its owner's alone. One row at a time is in memory.
 */
final class ExportFolder implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Map<String, BufferedWriter> lines = new LinkedHashMap<>();
  private final Map<String, Set<String>> columns = new LinkedHashMap<>();

  private ExportFolder(Path folder) {
    this.folder = folder;
  }

  static ExportFolder create(Path folder) throws IOException {
    try {
      Files.createDirectory(
        folder,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
      );
    } catch (FileAlreadyExistsException e) {
      throw new AdminException(AdminException.CONFLICT, folder + " exists already.", e);
    }
    return new ExportFolder(folder);
  }

  /** Adds lines of {@code {"file": name, "row": {…}}}. */
  void add(byte[] part) throws IOException {
    for (String line : new String(part, StandardCharsets.UTF_8).split("\n")) {
      JsonNode node = JSON.readTree(line);
      String file = node.get("file").asText();
      if (!file.matches("[A-Za-z0-9_.]{1,120}")) {
        throw new AdminException(AdminException.BAD_FILE, "The export names a file that can't be.");
      }
      JsonNode row = node.get("row");
      Set<String> known = columns.computeIfAbsent(file, _ -> new LinkedHashSet<>());
      row.fieldNames().forEachRemaining(known::add);
      BufferedWriter out = lines.get(file);
      if (out == null) {
        out = Files.newBufferedWriter(raw(file));
        lines.put(file, out);
      }
      out.write(row.toString());
      out.newLine();
    }
  }

  private Path raw(String file) {
    return folder.resolve(file + ".lines");
  }

  /** Writes what was added in both forms. */
  void finish() throws IOException {
    close();
    for (String file : columns.keySet()) {
      write(file);
      Files.delete(raw(file));
    }
  }

  private void write(String file) throws IOException {
    List<String> header = List.copyOf(columns.get(file));
    try (
      var in = Files.newBufferedReader(raw(file));
      BufferedWriter json = Files.newBufferedWriter(folder.resolve(file + ".json"));
      BufferedWriter csv = Files.newBufferedWriter(folder.resolve(file + ".csv"))
    ) {
      csv.write(csvLine(header));
      json.write("[");
      String separator = "\n";
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        json.write(separator + line);
        separator = ",\n";
        JsonNode row = JSON.readTree(line);
        List<String> cells = new ArrayList<>();
        header.forEach(column -> cells.add(cell(row.path(column))));
        csv.write(csvLine(cells));
      }
      json.write("\n]\n");
    }
  }

  private static String cell(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    return value.isValueNode() ? value.asText() : value.toString();
  }

  private static String csvLine(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (String cell : cells) {
      line.append(line.isEmpty() ? "" : ",").append('"');
      // A spreadsheet would take these for formulas.
      if (!cell.isEmpty() && "=+-@\t\r".indexOf(cell.charAt(0)) >= 0) {
        line.append('\'');
      }
      line.append(cell.replace("\"", "\"\"")).append('"');
    }
    return line.append("\r\n").toString();
  }

  @Override
  public void close() throws IOException {
    for (BufferedWriter out : lines.values()) {
      out.close();
    }
  }
}
