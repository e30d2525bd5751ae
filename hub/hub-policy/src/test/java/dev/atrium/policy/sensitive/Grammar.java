package dev.atrium.policy.sensitive;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Sentences in Chinese and English with data that must be found, and with numbers that must not be. */
final class Grammar {

  private static final List<String> WITH = List.of(
    "我的%s，麻烦查一下。",
    "客户资料：%s，请尽快处理",
    "请根据%s生成一封回信。",
    "%s是他留下的",
    "Please look at %s and reply.",
    "Customer: %s.",
    "(%s)",
    "%s\n第二行",
    "Reply to %s, thanks!",
    "- %s\n- next"
  );

  private final Random random;

  Grammar(long seed) {
    random = new Random(seed);
  }

  /** A text with one or two findings of the kinds that have a grammar. */
  Marked positive() {
    String first = String.format(one(WITH), marked());
    return Marked.of(
      random.nextInt(4) == 0 ? first + "\n" + String.format(one(WITH), marked()) : first
    );
  }

  /** A text with numbers and names that look like something, and are nothing. */
  Marked negative() {
    return new Marked(String.format(one(WITH), nothing()), List.of());
  }

  private String marked() {
    return switch (random.nextInt(6)) {
      case 0 -> label("身份证号", "ID ") + "«person_id:" + personId() + "»";
      case 1 -> label("银行卡号", "card ") + "«bank_card:" + card() + "»";
      case 2 -> label("手机", "phone ") + "«phone:" + phone() + "»";
      case 3 -> label("邮箱", "mail ") + "«email:" + email() + "»";
      case 4 -> label("账号", "IBAN ") + "«iban:" + iban() + "»";
      default -> secret();
    };
  }

  private String label(String zh, String en) {
    return one(List.of(zh, zh + "：", zh + " ", en, en.strip() + ": ", ""));
  }

  String personId() {
    String id =
      one(List.of("110105", "440524", "310104", "510703", "653130", "820000", "330281")) +
      String.format(
        Locale.ROOT,
        "%04d%02d%02d%03d",
        1940 + random.nextInt(80),
        1 + random.nextInt(12),
        1 + random.nextInt(28),
        random.nextInt(1000)
      );
    id += PersonIds.check(id);
    return switch (random.nextInt(5)) {
      case 0 -> id.substring(0, 6) + " " + id.substring(6, 14) + " " + id.substring(14);
      case 1 -> wide(id);
      case 2 -> id.toLowerCase(Locale.ROOT);
      default -> id;
    };
  }

  String card() {
    String prefix = one(List.of("622202", "621700", "4", "51", "55", "2720", "3530", "6011", "34"));
    int length = prefix.startsWith("62") ? 16 + random.nextInt(4) : prefix.equals("34") ? 15 : 16;
    String body = prefix + digits(length - prefix.length() - 1);
    String card = body;
    for (int d = 0; !BankCards.luhn(card) || card.length() == body.length(); d++) {
      card = body + d;
    }
    if (random.nextInt(3) == 0 && length == 16) {
      String sign = random.nextBoolean() ? " " : "-";
      return String.join(
        sign,
        card.substring(0, 4),
        card.substring(4, 8),
        card.substring(8, 12),
        card.substring(12)
      );
    }
    return card;
  }

  String phone() {
    String mobile =
      one(List.of("138", "139", "150", "159", "166", "177", "186", "198", "145")) + digits(8);
    String spaced =
      mobile.substring(0, 3) + " " + mobile.substring(3, 7) + " " + mobile.substring(7);
    return switch (random.nextInt(8)) {
      case 0 -> spaced;
      case 1 -> spaced.replace(' ', '-');
      case 2 -> "+86" + mobile;
      case 3 -> "+86 " + spaced;
      case 4 -> "+49 30 " + (1 + random.nextInt(9)) + digits(6);
      case 5 -> "+1 (4" + digits(2) + ") 5" + digits(2) + "-" + digits(4);
      case 6 -> wide(mobile);
      default -> mobile;
    };
  }

  String email() {
    return (
      one(List.of("li.wei", "zhang_san", "a", "first.last+tag", "x-y", "user2024")) +
      "@" +
      one(List.of("example.com", "163.com", "mail.example.com.cn", "qq.com", "uni.example.ac.uk"))
    );
  }

  String iban() {
    String country = one(List.of("DE22", "GB22", "FR27", "NL18", "NO15", "CH21"));
    int length = Integer.parseInt(country.substring(2));
    String account = digits(length - 4);
    for (int check = 2; check < 99; check++) {
      String iban = String.format(Locale.ROOT, "%s%02d%s", country.substring(0, 2), check, account);
      if (Ibans.valid(iban)) {
        return random.nextBoolean() ? iban : iban.replaceAll("(.{4})(?=.)", "$1 ");
      }
    }
    throw new AssertionError(account);
  }

  private String secret() {
    String value = text(12 + random.nextInt(20)) + "7k";
    return switch (random.nextInt(6)) {
      case 0 -> "«secret:AKIA" + text(16).toUpperCase(Locale.ROOT) + "»";
      case 1 -> "密码是«secret:" + value + "»";
      case 2 -> "password=«secret:" + value + "»";
      case 3 -> "\"apiKey\": \"«secret:" + value + "»\"";
      case 4 -> "«secret:ghp_" + text(36) + "»";
      default -> "DB_TOKEN: «secret:" + value + "»";
    };
  }

  private String nothing() {
    return switch (random.nextInt(18)) {
      case 0 -> "订单号" + digits(16);
      case 1 -> "订单 " + digits(18);
      case 2 -> "order " + digits(16);
      case 3 -> "时间戳17" + digits(11);
      case 4 -> "17" + digits(8);
      case 5 -> new java.util.UUID(random.nextLong(), random.nextLong()).toString();
      case 6 -> random.nextInt(30) +
      "." +
      random.nextInt(30) +
      "." +
      random.nextInt(99) +
      "." +
      digits(8);
      case 7 -> "20241126" +
      String.format(
        Locale.ROOT,
        "%02d%02d%02d",
        random.nextInt(24),
        random.nextInt(60),
        random.nextInt(60)
      );
      case 8 -> "¥" + digits(11) + ".00";
      case 9 -> Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
      case 10 -> "package" +
      random.nextInt(9) +
      "@" +
      random.nextInt(20) +
      "." +
      random.nextInt(20) +
      ".0";
      case 11 -> "010-6" + digits(7);
      case 12 -> random.nextInt(100) + "." + digits(15);
      // Bare numbers, of which some are by chance what they look like.
      case 13 -> digits(11);
      case 14 -> digits(16);
      case 15 -> digits(18);
      case 16 -> digits(19);
      default -> "192.168." + random.nextInt(255) + "." + random.nextInt(255) + ":" + digits(4);
    };
  }

  private String digits(int count) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < count; i++) {
      digits.append((char) ('0' + random.nextInt(10)));
    }
    return digits.toString();
  }

  private String text(int count) {
    String alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static String wide(String ascii) {
    StringBuilder wide = new StringBuilder();
    ascii.chars().forEach(c -> wide.append((char) (c + 0xFEE0)));
    return wide.toString();
  }

  private <T> T one(List<T> many) {
    return many.get(random.nextInt(many.size()));
  }
}
