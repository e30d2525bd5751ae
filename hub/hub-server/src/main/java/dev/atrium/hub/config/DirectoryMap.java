package dev.atrium.hub.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What membership in a group of somebody else's directory gives here. A text file with a line for each:
 *
 * <pre>
 * # Keycloak
 * /staff/legal -> group:Legal
 * atrium-admins -> role:administrator
 * sales-leads -> role:department_administrator:Sales
 * # LDAP
 * cn=export,ou=groups,dc=example,dc=org -> department:Sales/Export
 * </pre>
 *
 * Groups and roles that stand on a right side are kept in step at every sign-in, in both directions; all
 * others are left alone. Of several departments the first counts.
 */
public record DirectoryMap(List<Line> lines) {
  /** Kinds of things that are given. */
  public enum Gives {
    GROUP,
    ROLE,
    DEPARTMENT,
  }

  /**
   * One line.
   *
   * @param external the group, by the name that the directory gives it; case does not matter
   * @param name of the group or the role, or the path of the department
   * @param scope the department of a department administrator; empty otherwise
   */
  public record Line(String external, Gives gives, String name, String scope) {}

  private static final int MOST_LINES = 1_000;
  private static final int MOST_BYTES = 256 * 1024;
  private static final Pattern FORM = Pattern.compile(
    "(?<external>\\S.*?)\\s*->\\s*(?:group:(?<group>\\S.*)|department:(?<department>\\S.*)" +
    "|role:(?<role>administrator|auditor)|role:department_administrator:(?<scope>\\S.*))"
  );

  public DirectoryMap {
    lines = List.copyOf(lines);
  }

  /** Nothing is given. */
  public static DirectoryMap empty() {
    return new DirectoryMap(List.of());
  }

  /**
   * Reads the file.
   *
   * @throws ConfigException that names the line
   */
  static DirectoryMap read(Path file) {
    List<Line> lines = new ArrayList<>();
    int number = 0;
    for (String text : contents(file).lines().toList()) {
      number++;
      String line = text.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher form = FORM.matcher(line);
      if (!form.matches() || lines.size() == MOST_LINES) {
        throw new ConfigException(
          "ATRIUM_DIRECTORY_MAP_FILE, line " +
          number +
          ": not of the form “GROUP -> group:NAME”, “… -> department:PATH”, “… -> role:administrator”, " +
          "“… -> role:auditor” or “… -> role:department_administrator:PATH”, or more than " +
          MOST_LINES +
          " of them"
        );
      }
      lines.add(line(form));
    }
    return new DirectoryMap(lines);
  }

  private static String contents(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new ConfigException("ATRIUM_DIRECTORY_MAP_FILE is larger than 256 KiB");
      }
      return Files.readString(file);
    } catch (IOException _) {
      throw new ConfigException("ATRIUM_DIRECTORY_MAP_FILE can't be read as UTF-8: " + file);
    }
  }

  private static Line line(Matcher form) {
    String external = form.group("external");
    if (form.group("group") != null) {
      return new Line(external, Gives.GROUP, form.group("group"), "");
    }
    if (form.group("department") != null) {
      return new Line(external, Gives.DEPARTMENT, form.group("department"), "");
    }
    return form.group("role") != null
      ? new Line(external, Gives.ROLE, form.group("role"), "")
      : new Line(external, Gives.ROLE, "department_administrator", form.group("scope"));
  }
}
