package dev.atrium.policy.sensitive;

import java.util.Set;
import java.util.function.Consumer;

/**
 * E-mail addresses as people write them: a local part of RFC 5322 without quotes, and a domain of at
 * least two labels. Not found are what only looks like one: packages with versions ({@code vue@3.4.1}),
 * images ({@code logo@2x.png}), remotes of Git ({@code git@host:path}) and users within addresses of the
 * web.
 */
final class Emails implements Detector {

  private static final int LONGEST_LOCAL = 64;
  private static final int LONGEST_DOMAIN = 253;
  private static final Set<String> FILES = Set.of(
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "ico",
    "css",
    "js",
    "ts",
    "mjs",
    "json",
    "md",
    "tgz",
    "zip",
    "jar",
    "java",
    "py",
    "local"
  );

  @Override
  public Kind kind() {
    return Kind.EMAIL;
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    int last = 0;
    for (int at = 0; at < text.length(); at++) {
      if (text.get(at) != '@') {
        continue;
      }
      int start = localStart(text, at, last);
      int end = start < at ? domainEnd(text, at) : at;
      if (end > at && !isElse(text, start, end)) {
        found.accept(text.finding(Kind.EMAIL, start, end));
        last = end;
      }
    }
  }

  /** Where the local part begins; {@code at} if there is none. */
  private static int localStart(Reading text, int at, int last) {
    int start = at;
    while (start > last && start > at - LONGEST_LOCAL - 1 && local(text.get(start - 1))) {
      start--;
    }
    while (start < at && !Reading.alphanumeric(text.get(start))) {
      start++;
    }
    return at - start > LONGEST_LOCAL || text.get(at - 1) == '.' ? at : start;
  }

  private static boolean local(char c) {
    return Reading.alphanumeric(c) || "._%+-'".indexOf(c) >= 0;
  }

  /** Where the domain ends; {@code at} if there is none. */
  private static int domainEnd(Reading text, int at) {
    int end = at;
    int labels = 0;
    int label = at + 1;
    for (int i = at + 1; i <= at + LONGEST_DOMAIN + 1; i++) {
      char c = text.get(i);
      if (Reading.alphanumeric(c) || (c == '-' && i > label)) {
        continue;
      }
      if (i == label || i - label > 63 || text.get(i - 1) == '-') {
        break;
      }
      labels++;
      if (labels > 1 && top(text, label, i)) {
        end = i;
      }
      if (c != '.') {
        // A word that goes on, such as user@host.name_2.
        end = c == '_' || c == '@' ? at : end;
        break;
      }
      label = i + 1;
    }
    return end;
  }

  private static boolean top(Reading text, int start, int end) {
    if (end - start < 2) {
      return false;
    }
    for (int i = start; i < end; i++) {
      if (!Reading.letter(text.get(i)) && !text.hasWord(start, "xn--")) {
        return false;
      }
    }
    return !FILES.contains(text.slice(start, end).toLowerCase(java.util.Locale.ROOT));
  }

  private static boolean isElse(Reading text, int start, int end) {
    boolean remote = text.get(end) == ':' && text.has(start, "git@");
    int at = start;
    while (text.get(at) != '@') {
      at++;
    }
    int dot = at;
    while (text.get(dot) != '.') {
      dot++;
    }
    boolean numeric = true;
    for (int i = at + 1; i < dot; i++) {
      numeric &= Reading.digit(text.get(i));
    }
    boolean version = numeric && Reading.digit(text.get(dot + 1));
    return remote || version || inUrl(text, start);
  }

  /** {@code https://user@host.com}: what stands before an at sign there is no mailbox. */
  private static boolean inUrl(Reading text, int start) {
    int i = start;
    while (
      i > start - LONGEST_LOCAL && (local(text.get(i - 1)) || ":/=&?".indexOf(text.get(i - 1)) >= 0)
    ) {
      i--;
    }
    return text.slice(Math.max(0, i), start).contains("://");
  }
}
