package dev.atrium.admin;

import dev.atrium.policy.ApiKey;
import dev.atrium.policy.Scope;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium key …}. */
@Command(
  name = "key",
  description = "API keys of users and service accounts.",
  mixinStandardHelpOptions = true,
  subcommands = { KeyCommand.Create.class, KeyCommand.ListAll.class, KeyCommand.Revoke.class }
)
final class KeyCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `key`?");
  }

  private static String scopes() {
    return Arrays.stream(Scope.values()).map(Scope::code).collect(Collectors.joining(", "));
  }

  @Command(
    name = "create",
    description = "Makes a key and shows it, once.",
    mixinStandardHelpOptions = true
  )
  static final class Create extends Task {

    private static final int MOST_DAYS = 3_660;

    @Parameters(paramLabel = "OWNER", description = "The user or service account that it acts as.")
    private String owner;

    @Option(names = "--name", required = true, description = "What it is for.")
    private String name;

    @Option(
      names = "--scope",
      required = true,
      split = ",",
      description = "What it may be used for: chat, conversations.read, conversations.write, models.read."
    )
    private List<String> wanted;

    @Option(
      names = "--days",
      description = "After how many days it ends (default: ${DEFAULT-VALUE}).",
      defaultValue = "90"
    )
    private int days;

    @Override
    int run(Work work) throws SQLException {
      Set<Scope> scopes = EnumSet.noneOf(Scope.class);
      for (String code : wanted) {
        scopes.add(
          Scope.of(code).orElseThrow(() ->
            new AdminException(
              AdminException.USAGE,
              "There is no scope “" + code + "”: " + scopes() + "."
            )
          )
        );
      }
      if (days < 1 || days > MOST_DAYS) {
        throw new AdminException(AdminException.USAGE, "--days must be 1 to " + MOST_DAYS + ".");
      }
      Map<String, Object> user = new Directory(work).user(owner);
      if (!user.get("status").equals("active")) {
        throw new AdminException(
          AdminException.CONFLICT,
          "“" + owner + "” is " + user.get("status") + "; a key would open nothing."
        );
      }
      ApiKey key = ApiKey.create();
      String list = scopes.stream().map(Scope::code).collect(Collectors.joining(","));
      Map<String, Object> added = work
        .row(
          """
          INSERT INTO api_key (owner_id, name, prefix, secret_hash, scopes, expires_at)
          VALUES (?, ?, ?, ?, string_to_array(?, ','), now() + ? * interval '1 day')
          RETURNING id, prefix, expires_at""",
          user.get("id"),
          name,
          key.prefix(),
          key.hash(),
          list,
          days
        )
        .orElseThrow();
      work.record(
        "key.create",
        "api_key",
        added.get("id"),
        Map.of(),
        Map.of(
          "owner",
          user.get("id"),
          "prefix",
          key.prefix(),
          "scopes",
          list,
          "expires_at",
          added.get("expires_at")
        )
      );
      Map<String, Object> shown = new LinkedHashMap<>(added);
      shown.put("key", key.reveal());
      done(
        "Made a key for “" +
        owner +
        "”, good until " +
        added.get("expires_at") +
        ". Shown only now: " +
        key.reveal(),
        shown
      );
      return 0;
    }
  }

  @Command(
    name = "list",
    description = "All keys, without their secrets.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Option(names = "--owner", description = "Only those of this user or service account.")
    private String owner;

    @Override
    int run(Work work) throws SQLException {
      if (owner != null) {
        new Directory(work).user(owner);
      }
      table(
        List.of("prefix", "owner", "name", "scopes", "status", "expires_at", "last_used_at"),
        work.rows(
          """
          SELECT k.prefix, u.name AS owner, k.name, array_to_string(k.scopes, ',') AS scopes,
            CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired'
              WHEN u.status <> 'active' THEN 'owner ' || u.status ELSE 'active' END AS status,
            k.created_at, k.expires_at, k.last_used_at, k.revoked_at
          FROM api_key k JOIN app_user u ON u.id = k.owner_id
          WHERE lower(u.name) = coalesce(lower(?), lower(u.name)) ORDER BY lower(u.name), k.created_at""",
          owner
        )
      );
      return 0;
    }
  }

  @Command(
    name = "revoke",
    description = "Ends a key at once, on every hub.",
    mixinStandardHelpOptions = true
  )
  static final class Revoke extends Task {

    @Parameters(
      paramLabel = "PREFIX",
      description = "The first twelve signs, as `list` shows them; of a whole key the rest is not read."
    )
    private String prefix;

    @Override
    int run(Work work) throws SQLException {
      // Somebody in a hurry pastes all of it; no more than its beginning may end in a log.
      String wanted = ApiKey.read(prefix).map(ApiKey::prefix).orElse(prefix);
      Map<String, Object> key = work
        .row("SELECT id, owner_id, revoked_at FROM api_key WHERE prefix = ? FOR UPDATE", wanted)
        .orElseThrow(() -> Directory.missing("key", wanted));
      if (key.containsKey("revoked_at")) {
        done("“" + wanted + "” was revoked already.", Map.of("prefix", wanted));
        return 0;
      }
      work.change("UPDATE api_key SET revoked_at = now() WHERE id = ?", key.get("id"));
      work.record(
        "key.revoke",
        "api_key",
        key.get("id"),
        Map.of("owner", key.get("owner_id"), "prefix", wanted),
        Map.of()
      );
      done("Revoked “" + wanted + "”.", Map.of("prefix", wanted));
      return 0;
    }
  }
}
