package dev.atrium.policy.permission;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What somebody is in the organisation. */
public enum Role {
  /** Every person; a service account is none. It takes no row. */
  EMPLOYEE("employees", "员工"),
  AUDITOR("auditors", "审计员"),
  /** Administers one department and all below; the scope says which. */
  DEPARTMENT_ADMINISTRATOR("department administrators", "部门管理员"),
  ADMINISTRATOR("administrators", "管理员");

  private final String en;
  private final String zh;

  Role(String en, String zh) {
    this.en = en;
    this.zh = zh;
  }

  /** The stable name, as it is stored. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this name. */
  public static Optional<Role> of(String code) {
    return Arrays.stream(values())
      .filter(r -> r.code().equals(code))
      .findFirst();
  }

  String words(Language language) {
    return language.pick("the " + en, zh);
  }
}
