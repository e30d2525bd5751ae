package dev.atrium.admin;

import dev.atrium.keys.Kms;
import dev.atrium.keys.MasterKeyset;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium encryption …}. */
@Command(
  name = "encryption",
  description = "The keys that encrypt what people write.",
  mixinStandardHelpOptions = true,
  subcommands = {
    EncryptionCommand.Status.class,
    EncryptionCommand.RotateMaster.class,
    EncryptionCommand.DropOldMaster.class,
    EncryptionCommand.SealMaster.class,
    EncryptionCommand.RotatePersonal.class,
    EncryptionCommand.BackupLife.class,
  }
)
final class EncryptionCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `encryption`?");
  }

  private static MasterKeyset read(Path file, Optional<Kms> kms) {
    try {
      return MasterKeyset.read(file, kms);
    } catch (IllegalArgumentException e) {
      throw new AdminException(AdminException.BAD_FILE, e.getMessage(), e);
    }
  }

  private static void write(MasterKeyset keyset, Path file, Optional<Kms> kms) {
    try {
      keyset.write(file, kms);
    } catch (IOException e) {
      throw new AdminException(
        AdminException.UNAVAILABLE,
        "The master key file " + file + " can't be written: " + e.getMessage(),
        e
      );
    }
  }

  /** Wraps every key by the primary of the file and checks that hubs have that same file. */
  private static String wrapAnew(Task task, Work work, MasterKeyset keyset) throws SQLException {
    JobWatch jobs = new JobWatch(work, task.progress());
    UUID id = jobs.ask("rotate_master", null, Map.of());
    String result = jobs.await(id);
    if (!Work.field(result, "primary").equals(keyset.primaryId())) {
      throw new AdminException(
        AdminException.CONFLICT,
        "The hub that did it has another master key file than this one: its primary is " +
        Work.field(result, "primary") +
        ", the primary here is " +
        keyset.primaryId() +
        ". Nothing was dropped."
      );
    }
    return result;
  }

  @Command(
    name = "status",
    description = "Which master keys the file holds, and the stated life of backups of keys.",
    mixinStandardHelpOptions = true
  )
  static final class Status extends Task {

    @Override
    int run(Work work) throws SQLException {
      List<String> ids = read(masterKeyFile(), kms()).ids();
      Map<String, Object> setting = work
        .row("SELECT key_backup_days FROM privacy_setting")
        .orElseThrow();
      done(
        "Primary master key " +
        ids.getFirst() +
        (ids.size() > 1 ? ", older: " + String.join(", ", ids.subList(1, ids.size())) : "") +
        ". Backups of the database of keys are kept for " +
        setting.get("key_backup_days") +
        " days.",
        Map.of("masterKeys", ids, "keyBackupDays", setting.get("key_backup_days"))
      );
      return 0;
    }
  }

  @Command(
    name = "rotate-master",
    description = "Puts a new master key into the file, beside the older ones, and wraps every key by it. Hubs follow the file while they run.",
    mixinStandardHelpOptions = true
  )
  static final class RotateMaster extends Task {

    @Option(
      names = "--again",
      description = "No new key: go on with the primary of the file, as after a rotation that was broken off."
    )
    private boolean again;

    @Override
    int run(Work work) throws SQLException {
      Path file = masterKeyFile();
      MasterKeyset keyset = read(file, kms());
      if (!again) {
        keyset = keyset.withNewPrimary();
        write(keyset, file, kms());
      }
      work.record(
        "key.rotate_master_request",
        "master_key",
        keyset.primaryId(),
        Map.of(),
        Map.of("new", !again)
      );
      String result = wrapAnew(this, work, keyset);
      done(
        "Wrapped " +
        Work.field(result, "keys") +
        " keys by master key " +
        keyset.primaryId() +
        ". Back up " +
        file +
        " now; older keys stay in it until `encryption drop-old-master`.",
        Map.of("primary", keyset.primaryId(), "result", result)
      );
      return 0;
    }
  }

  @Command(
    name = "drop-old-master",
    description = "Removes all but the primary master key from the file, once nothing is wrapped by them. Backups of either database from before the rotation need them still.",
    mixinStandardHelpOptions = true
  )
  static final class DropOldMaster extends Task {

    @Mixin
    private Confirmation confirmation;

    @Override
    int run(Work work) throws SQLException {
      Path file = masterKeyFile();
      MasterKeyset keyset = read(file, kms());
      if (keyset.ids().size() == 1) {
        done("There is only one master key in " + file + ".", Map.of("dropped", List.of()));
        return 0;
      }
      List<String> older = keyset.ids().subList(1, keyset.ids().size());
      confirmation.ask("Backups that need master keys " + older + " can't be read any more.");
      wrapAnew(this, work, keyset);
      write(keyset.primaryOnly(), file, kms());
      work.record(
        "key.drop_master",
        "master_key",
        keyset.primaryId(),
        Map.of("older", older),
        Map.of()
      );
      done("Dropped " + String.join(", ", older) + ".", Map.of("dropped", older));
      return 0;
    }
  }

  @Command(
    name = "seal-master",
    description = "Encrypts the master key file, which was in clear, by the key service that ATRIUM_MASTER_KEY_KMS names. Hubs must be started with that setting then.",
    mixinStandardHelpOptions = true
  )
  static final class SealMaster extends Task {

    @Override
    int run(Work work) throws SQLException {
      Kms service = kms().orElseThrow(() ->
        new AdminException(
          AdminException.USAGE,
          "No key service is named: set " + Kms.ADDRESS + "."
        )
      );
      Path file = masterKeyFile();
      MasterKeyset keyset;
      try {
        keyset = MasterKeyset.readClear(file);
      } catch (IllegalArgumentException e) {
        throw new AdminException(AdminException.BAD_FILE, e.getMessage(), e);
      }
      write(keyset, file, Optional.of(service));
      work.record("key.seal_master", "master_key", keyset.primaryId(), Map.of(), Map.of());
      done(
        file + " is encrypted by " + service + " now. Destroy copies of it in clear.",
        Map.of("primary", keyset.primaryId())
      );
      return 0;
    }
  }

  @Command(
    name = "rotate-personal",
    description = "Gives everybody a new personal key, wraps the keys of their conversations by it, and destroys the older ones.",
    mixinStandardHelpOptions = true
  )
  static final class RotatePersonal extends Task {

    @Override
    int run(Work work) throws SQLException {
      JobWatch jobs = new JobWatch(work, progress());
      UUID id = jobs.ask("rotate_personal", null, Map.of());
      String result = jobs.await(id);
      done(
        Work.field(result, "people") +
        " people, " +
        Work.field(result, "destroyed") +
        " older keys destroyed, " +
        Work.field(result, "kept") +
        " still needed by answers that are being written.",
        Map.of("job", id, "result", result)
      );
      return 0;
    }
  }

  @Command(
    name = "backup-life",
    description = "States for how many days backups of the database of keys are kept. Certificates of erasure name the date that follows from it.",
    mixinStandardHelpOptions = true
  )
  static final class BackupLife extends Task {

    @Parameters(paramLabel = "DAYS", description = "0 to 3650.")
    private int days;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> before = work
        .row("SELECT key_backup_days FROM privacy_setting FOR UPDATE")
        .orElseThrow();
      work.change("UPDATE privacy_setting SET key_backup_days = ?", days);
      Map<String, Object> now = Map.of("key_backup_days", days);
      work.record("key.backup_life", "privacy_setting", 1, before, now);
      done("Certificates of erasure count with " + days + " days from now on.", now);
      return 0;
    }
  }
}
