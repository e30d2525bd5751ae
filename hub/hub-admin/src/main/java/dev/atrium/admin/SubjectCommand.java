package dev.atrium.admin;

import dev.atrium.audit.CheckpointKey;
import dev.atrium.audit.SignedNote;
import dev.atrium.keys.ExportBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium subject …}. */
@Command(
  name = "subject",
  description = "What people may ask of the company: everything about them, or that it is erased.",
  mixinStandardHelpOptions = true,
  subcommands = {
    SubjectCommand.Export.class, SubjectCommand.Erase.class, SubjectCommand.Verify.class,
  }
)
final class SubjectCommand implements Runnable {

  /** Exit code of `erase` when a name still stands somewhere. */
  private static final int RESIDUE = 2;

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `subject`?");
  }

  @Command(
    name = "export",
    description = "Writes everything about a person into a new folder, as JSON and as CSV.",
    mixinStandardHelpOptions = true
  )
  static final class Export extends Task {

    @Parameters(paramLabel = "USER")
    private String user;

    @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "A folder that does not exist yet."
    )
    private Path out;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).user(user);
      ExportBox box = ExportBox.create();
      try (ExportFolder folder = ExportFolder.create(out)) {
        JobWatch jobs = new JobWatch(work, progress());
        work.recordOf("user.export_request", found.get("id"), Map.of(), Map.of(), Map.of());
        UUID id = jobs.ask("export", found.get("id"), Map.of("receiver", box.publicKey()));
        String result = jobs.await(id);
        int parts = Integer.parseInt(Work.field(result, "parts"));
        for (int i = 0; i < parts; i++) {
          byte[] sealed = work.bytes(
            "SELECT content FROM export_part WHERE job_id = ? AND ordinal = ?",
            id,
            i
          );
          folder.add(box.open(sealed, id + "/" + i));
        }
        folder.finish();
        work.change("DELETE FROM export_part WHERE job_id = ?", id);
        done(
          Work.field(result, "rows") + " rows about “" + user + "” are in " + out + ".",
          Map.of("job", id, "rows", Work.field(result, "rows"), "out", out.toString())
        );
        return 0;
      } catch (IOException e) {
        throw new AdminException(
          AdminException.UNAVAILABLE,
          "The export can't be written: " + e.getMessage(),
          e
        );
      }
    }
  }

  @Command(
    name = "erase",
    description = "Erases a person: keys destroyed, chats and personal data removed, a signed certificate.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:erased, and no name of the person was found any more",
      "2:erased, but a name of the person still stands in rows that the certificate counts",
      "73:a legal hold forbids it, or the person is the last administrator",
    },
    mixinStandardHelpOptions = true
  )
  static final class Erase extends Task {

    @Parameters(paramLabel = "USER")
    private String user;

    @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description = "Where to write the certificate too."
    )
    private Path file;

    @Mixin
    private Confirmation confirmation;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).user(user);
      confirmation.ask("Everything that “" + user + "” wrote is destroyed.");
      work.recordOf("user.erase_request", found.get("id"), Map.of(), Map.of(), Map.of());
      JobWatch jobs = new JobWatch(work, progress());
      UUID id = jobs.ask("erase", found.get("id"), Map.of());
      String result = jobs.await(id);
      String certificate = Work.field(result, "certificate");
      // What was removed is still in the pages of the tables and indexes until they are tidied up.
      work.outside(
        "VACUUM app_user, credential, user_session, conversation, message, message_part, file, audit_personal"
      );
      if (file != null) {
        write(certificate);
      }
      done(certificate, Map.of("job", id, "certificate", certificate));
      return Work.field(result, "residue").equals("{}") ? 0 : RESIDUE;
    }

    private void write(String certificate) {
      try {
        Files.writeString(file, certificate);
      } catch (IOException e) {
        throw new AdminException(
          AdminException.UNAVAILABLE,
          "The certificate can't be written: " + e.getMessage(),
          e
        );
      }
    }
  }

  @Command(
    name = "verify",
    description = "Says whether a certificate of erasure is signed by this installation.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = { "0:it is, unaltered", "2:it is not", "65:the file is no certificate" },
    mixinStandardHelpOptions = true
  )
  static final class Verify extends Task {

    @Parameters(paramLabel = "FILE")
    private Path file;

    @Override
    int run(Work work) throws SQLException {
      SignedNote note = read();
      for (Map<String, Object> row : work.rows(
        """
        SELECT encode(public_key, 'hex') AS key, 'atrium/' || install_id AS origin FROM signing_key, organisation
        WHERE purpose = 'audit_checkpoint'"""
      )) {
        CheckpointKey key = CheckpointKey.of(
          row.get("origin").toString(),
          HexFormat.of().parseHex(row.get("key").toString())
        );
        if (key.verifies(note)) {
          done(
            "Signed by key " + key.id() + " of this installation, and unaltered.",
            Map.of("key", key.id())
          );
          return 0;
        }
      }
      done("Not signed by this installation, or altered.", Map.of("keys", List.of()));
      return RESIDUE;
    }

    private SignedNote read() {
      try {
        return SignedNote.parse(Files.readString(file));
      } catch (NoSuchFileException e) {
        throw new AdminException(AdminException.UNAVAILABLE, "There is no file " + file, e);
      } catch (IOException | IllegalArgumentException e) {
        throw new AdminException(AdminException.BAD_FILE, file + " is no certificate.", e);
      }
    }
  }
}
