package dev.atrium.inference.shelf;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** {@code deploy/atrium model} on a data folder: all that it says, and its exit code behind that. */
public final class ModelCommand {

  private ModelCommand() {}

  public static String run(Path data, String... args) {
    String[] all = Stream.concat(Stream.of(args), Stream.of("--data", data.toString())).toArray(
      String[]::new
    );
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said, true);
    int code = ModelMain.run(all, Map.of(), out, out, false);
    return said + " " + code;
  }
}
