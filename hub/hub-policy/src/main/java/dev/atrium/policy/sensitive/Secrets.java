package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** Keys, tokens and passwords: those of known form, and those that a name calls so. */
final class Secrets implements Detector {

  /** A token that begins like this and goes on with so many characters of its alphabet. */
  private record Form(String prefix, int shortest, int longest) {}

  private static final List<Form> FORMS = List.of(
    new Form("AKIA", 16, 16), // AWS access keys
    new Form("ASIA", 16, 16),
    new Form("ABIA", 16, 16),
    new Form("ACCA", 16, 16),
    new Form("ghp_", 36, 251), // GitHub
    new Form("gho_", 36, 251),
    new Form("ghu_", 36, 251),
    new Form("ghs_", 36, 251),
    new Form("ghr_", 36, 251),
    new Form("github_pat_", 40, 255),
    new Form("glpat-", 20, 255), // GitLab
    new Form("xoxa-", 20, 255), // Slack
    new Form("xoxb-", 20, 255),
    new Form("xoxe-", 20, 255),
    new Form("xoxp-", 20, 255),
    new Form("xoxr-", 20, 255),
    new Form("xoxs-", 20, 255),
    new Form("xapp-", 20, 255),
    new Form("sk-", 20, 255), // several makers of models
    new Form("sk_live_", 16, 255), // Stripe
    new Form("rk_live_", 16, 255),
    new Form("AIza", 35, 35), // Google
    new Form("npm_", 36, 36),
    new Form("atr_", 20, 255) // our own
  );

  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";
  private static final int MOST_LABEL = 40;
  private static final int MOST_HEADER = 2_048;
  private static final String SLACK_HOOK = "hooks.slack.com/services/";

  @Override
  public Kind kind() {
    return Kind.SECRET;
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    List<Finding> all = new ArrayList<>();
    tokens(text, all);
    keyBlocks(text, all);
    new Assignments(text, all).find();
    all.sort(
      Comparator.comparingInt(Finding::start).thenComparing(Finding::end, Comparator.reverseOrder())
    );
    int end = 0;
    for (Finding finding : all) {
      if (finding.start() >= end) {
        found.accept(finding);
        end = finding.end();
      }
    }
  }

  private static boolean token(char c) {
    return Reading.alphanumeric(c) || c == '_' || c == '-';
  }

  /** Each run of letters, digits, hyphens and underscores is looked at once. */
  private static void tokens(Reading text, List<Finding> found) {
    for (int i = 0; i < text.length(); ) {
      if (!token(text.get(i))) {
        i++;
        continue;
      }
      int end = endOfToken(text, i);
      if (text.has(i, "eyJ") && text.get(end) == '.') {
        int jwt = endOfJwt(text, i, end);
        if (jwt > 0) {
          found.add(text.finding(Kind.SECRET, i, jwt));
          i = jwt;
          continue;
        }
      }
      if (known(text, i, end)) {
        found.add(text.finding(Kind.SECRET, i, end));
      } else if (text.has(i, SLACK_HOOK)) {
        end = endOfPath(text, i + SLACK_HOOK.length());
        found.add(text.finding(Kind.SECRET, i, end));
      }
      i = end;
    }
  }

  private static int endOfToken(Reading text, int i) {
    int end = i;
    while (token(text.get(end))) {
      end++;
    }
    return end;
  }

  private static int endOfPath(Reading text, int i) {
    int end = i;
    while (token(text.get(end)) || text.get(end) == '/') {
      end++;
    }
    return end;
  }

  private static boolean known(Reading text, int start, int end) {
    for (Form form : FORMS) {
      int rest = end - start - form.prefix.length();
      if (rest >= form.shortest && rest <= form.longest && text.has(start, form.prefix)) {
        return Strength.varied(text.slice(start + form.prefix.length(), end));
      }
    }
    return false;
  }

  /** RFC 7519 in the compact form of RFC 7515: the header must name an algorithm. 0 if it does not. */
  private static int endOfJwt(Reading text, int start, int headerEnd) {
    if (
      headerEnd - start > MOST_HEADER || !header(text.slice(start, headerEnd)).contains("\"alg\"")
    ) {
      return 0;
    }
    int payloadEnd = endOfToken(text, headerEnd + 1);
    if (payloadEnd == headerEnd + 1 || text.get(payloadEnd) != '.') {
      return 0;
    }
    int end = endOfToken(text, payloadEnd + 1);
    return end > payloadEnd + 1 ? end : 0;
  }

  private static String header(String base64) {
    try {
      return new String(
        java.util.Base64.getUrlDecoder().decode(base64),
        java.nio.charset.StandardCharsets.UTF_8
      );
    } catch (IllegalArgumentException _) {
      return "";
    }
  }

  /** Private keys in PEM (RFC 7468). One whose end is missing goes to the end of the text. */
  private static void keyBlocks(Reading text, List<Finding> found) {
    for (int i = 0; i < text.length(); i++) {
      if (text.get(i) != '-' || !text.has(i, BEGIN) || !label(text, i + BEGIN.length())) {
        continue;
      }
      int end = i + BEGIN.length();
      while (end < text.length() && !(text.get(end) == '-' && text.has(end, END))) {
        end++;
      }
      end = Math.min(text.length(), end + END.length());
      while (end < text.length() && text.get(end) != '\n' && !text.has(end, DASHES)) {
        end++;
      }
      end = text.has(end, DASHES) ? end + DASHES.length() : end;
      found.add(text.finding(Kind.SECRET, i, end));
      i = end - 1;
    }
  }

  private static boolean label(Reading text, int start) {
    int end = start;
    while (end < start + MOST_LABEL && text.get(end) != '-' && text.get(end) != '\n') {
      end++;
    }
    return text.slice(start, Math.min(end, text.length())).contains("PRIVATE KEY");
  }
}
