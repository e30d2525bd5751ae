package dev.atrium.stress.client;

/** Tells how two texts differ, in few words. */
public final class Texts {

  private static final int AROUND = 24;

  private Texts() {}

  /** The first difference, with a little of both texts around it. */
  public static String difference(String wanted, String got) {
    int at = 0;
    while (at < wanted.length() && at < got.length() && wanted.charAt(at) == got.charAt(at)) {
      at++;
    }
    return "from character %d wanted \"%s\", got \"%s\" (%d and %d long)".formatted(
      at,
      around(wanted, at),
      around(got, at),
      wanted.length(),
      got.length()
    );
  }

  private static String around(String text, int at) {
    int from = Math.max(0, Math.min(at, text.length()) - AROUND);
    return text.substring(from, Math.min(text.length(), at + AROUND));
  }
}
