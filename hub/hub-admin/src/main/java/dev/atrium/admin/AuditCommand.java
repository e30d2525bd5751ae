package dev.atrium.admin;

import dev.atrium.audit.Anchor;
import dev.atrium.audit.Finding;
import dev.atrium.audit.SignedCheckpoint;
import dev.atrium.audit.Verdict;
import dev.atrium.audit.Verifier;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium audit …}. */
@Command(
  name = "audit",
  description = "The audit log: write it out, and check what was written out.",
  mixinStandardHelpOptions = true,
  subcommands = {
    AuditCommand.Export.class, AuditCommand.Verify.class, AuditCommand.ShowCheckpoint.class,
  }
)
final class AuditCommand implements Runnable {

  /** Something is not as it was sealed. */
  static final int NOT_INTACT = 2;

  /** Nothing wrong was found, but nothing from off the host was given: the end may be cut off. */
  static final int NOT_ANCHORED = 3;

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `audit`?");
  }

  /** Where a command writes: a file that must not be there yet, or the standard output. */
  private static OutputStream open(Path out) throws IOException {
    return out.toString().equals("-")
      ? new FileOutputStream(FileDescriptor.out)
      : Files.newOutputStream(out, StandardOpenOption.CREATE_NEW);
  }

  private static AdminException failed(Exception e) {
    return e instanceof SQLException
      ? new AdminException(AdminException.UNAVAILABLE, "The database failed: " + e.getMessage(), e)
      : new AdminException(AdminException.FAILED, "The file can't be read or written: " + e, e);
  }

  @Command(
    name = "export",
    description = "Write the whole log, as it is now, to a file. That is itself recorded in the log.",
    mixinStandardHelpOptions = true
  )
  static final class Export implements Callable<Integer> {

    @Mixin
    private DatabaseOptions database;

    @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "A file that is not there yet, or - for the standard output."
    )
    private Path out;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
      try (
        Connection connection = database.connect();
        OutputStream file = new BufferedOutputStream(open(out), 1 << 16)
      ) {
        AuditExport.record(connection);
        long leaves = AuditExport.write(connection, file);
        spec.commandLine().getErr().println(leaves + " records");
        return 0;
      } catch (SQLException | IOException e) {
        throw failed(e);
      }
    }
  }

  @Command(
    name = "checkpoint",
    description = "Print the newest signed checkpoint, to be kept where nobody who administers this installation can change it.",
    mixinStandardHelpOptions = true
  )
  static final class ShowCheckpoint implements Callable<Integer> {

    @Mixin
    private DatabaseOptions database;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
      try (Connection connection = database.connect()) {
        Anchor anchor = AuditExport.newest(connection).orElseThrow(() ->
          new AdminException(AdminException.UNAVAILABLE, "Nothing is sealed yet.")
        );
        spec.commandLine().getOut().println(anchor.line());
        return 0;
      } catch (SQLException e) {
        throw failed(e);
      }
    }
  }

  @Command(
    name = "verify",
    description = "Say what in an export is not as it was sealed. Needs no database and no network.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:everything is as it was sealed, up to the newest checkpoint that was given",
      "2:something is altered, missing, reordered or cut off; it is named",
      "3:nothing wrong was found, but without a checkpoint nobody can say whether the end is cut off",
      "64:wrong options",
      "65:a file is no export, no checkpoint, or of another log",
    },
    mixinStandardHelpOptions = true
  )
  static final class Verify implements Callable<Integer> {

    @Parameters(paramLabel = "EXPORT", description = "What `audit export` wrote.")
    private Path export;

    @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description = "What was kept off the host: the file of a sink, or what `audit checkpoint` printed. Repeatable."
    )
    private List<Path> checkpoints = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
      List<Anchor> anchors = new ArrayList<>();
      List<SignedCheckpoint> bare = new ArrayList<>();
      try {
        for (Path file : checkpoints) {
          read(file, anchors, bare);
        }
        try (var in = Files.newInputStream(export)) {
          return tell(Verifier.verify(in, anchors, bare));
        }
      } catch (IllegalArgumentException e) {
        throw new AdminException(AdminException.BAD_FILE, e.getMessage(), e);
      } catch (NoSuchFileException e) {
        throw new AdminException(AdminException.UNAVAILABLE, "There is no file " + e.getFile(), e);
      } catch (IOException e) {
        throw failed(e);
      }
    }

    private void read(Path file, List<Anchor> anchors, List<SignedCheckpoint> bare)
      throws IOException {
      int before = anchors.size() + bare.size();
      int other = 0;
      try (var lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          // A log server may have put something before it.
          int start = line.indexOf('{');
          try {
            anchors.add(Anchor.parse(start < 0 ? line : line.substring(start)));
          } catch (IllegalArgumentException e) {
            other++;
          }
        }
      }
      if (anchors.size() + bare.size() == before) {
        bare.add(SignedCheckpoint.parse(Files.readString(file)));
      } else if (other > 0) {
        spec
          .commandLine()
          .getErr()
          .println(other + " lines of " + file + " are no checkpoint, and were passed over.");
      }
    }

    private int tell(Verdict verdict) {
      PrintWriter out = spec.commandLine().getOut();
      for (Finding finding : verdict.findings()) {
        out.println(finding.sentence());
      }
      out.printf(
        "%d records, of %d some personal data was erased.%n",
        verdict.records(),
        verdict.erased()
      );
      if (verdict.unsealed() > 0) {
        out.printf("%d more were not sealed yet when this was exported.%n", verdict.unsealed());
      }
      boolean anchored = verdict.anchoredThrough() > 0;
      out.println(anchored ? anchored(verdict) : NOTHING_KEPT);
      if (!verdict.intact()) {
        out.printf("NOT INTACT: %d findings.%n", verdict.findings().size());
        return NOT_INTACT;
      }
      return anchored ? 0 : NOT_ANCHORED;
    }

    private static String anchored(Verdict verdict) {
      long newer = verdict.records() - verdict.anchoredThrough();
      return (
        "Compared with checkpoints from off the host, the newest of " +
        verdict.anchoredThrough() +
        " records." +
        (newer > 0
            ? " The " +
            newer +
            " records after it are newer: that none behind them is cut off can't be proven."
            : "")
      );
    }

    private static final String NOTHING_KEPT =
      "No checkpoint from off the host was given: whether the end of the log is cut off can't be proven, " +
      "nor that the log was not made anew as a whole with another key.";
  }
}
