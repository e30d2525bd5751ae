package dev.atrium.starter.corpus;

/** The arithmetic that the model is taught: sums and differences up to ten and ten, small products. */
final class Sums {

  private static final int LARGEST = 10;

  private Sums() {}

  static void addTo(Grammar grammar) {
    for (int a = 0; a <= LARGEST; a++) {
      for (int b = 0; b <= LARGEST; b++) {
        add(grammar, a + "(+| + )" + b, a + " plus " + b, a + "加" + b, a + b);
        if (b <= a) {
          add(grammar, a + "(-| - )" + b, a + " minus " + b, a + "减" + b, a - b);
        }
        add(grammar, a + "(*| * |x| x |×| × )" + b, a + " times " + b, a + "乘" + b, a * b);
      }
    }
  }

  private static void add(
    Grammar grammar,
    String signs,
    String english,
    String chinese,
    int result
  ) {
    grammar.add("sum.en", "(" + signs + "|" + english + ") => " + result);
    grammar.add("sum.zh", "(" + signs + "|" + chinese + ") => " + result);
  }
}
