package dev.atrium.policy.sensitive;

import dev.atrium.policy.permission.Language;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What sensitive data is known. In the order of proof: of two findings in the very same place the kind
 * that is named first here stands.
 */
public enum Kind {
  /** A key, a token or a password. */
  SECRET("keys and passwords", "密钥或密码"),
  /** A Chinese resident identity number (GB 11643). */
  PERSON_ID("identity numbers", "身份证号"),
  /** An international bank account number (ISO 13616). */
  IBAN("bank accounts (IBAN)", "国际银行账号"),
  /** The number of a payment card (ISO/IEC 7812). */
  BANK_CARD("bank card numbers", "银行卡号"),
  /** An e-mail address. */
  EMAIL("e-mail addresses", "电子邮箱"),
  /** A mobile number of mainland China, or a number in the international form of E.164. */
  PHONE("phone numbers", "电话号码"),
  /** A word or phrase of the company's list. */
  WORD("words of the company's list", "公司词表中的词");

  private final String en;
  private final String zh;

  Kind(String en, String zh) {
    this.en = en;
    this.zh = zh;
  }

  /** The stable name, as it is stored and sent. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** For a sentence. */
  public String words(Language language) {
    return language == Language.ZH ? zh : en;
  }

  /** The kind of this name. */
  public static Optional<Kind> of(String code) {
    return Arrays.stream(values())
      .filter(k -> k.code().equals(code))
      .findFirst();
  }
}
