package dev.atrium.engine.text.jinja;

import dev.atrium.engine.text.jinja.Value.Int;
import dev.atrium.engine.text.jinja.Value.Real;

/** Python's arithmetic on numbers; integers that would not fit in 64 bits are an error. */
final class Numbers {

  private Numbers() {}

  static Value calculate(String operator, Value a, Value b) {
    try {
      boolean whole = !(a instanceof Real) && !(b instanceof Real);
      if (!whole || operator.equals("/")) {
        return new Real(reals(operator, Operators.real(a), Operators.real(b)));
      }
      return integers(operator, Operators.index(a), Operators.index(b));
    } catch (ArithmeticException e) {
      throw new Fault(e.getMessage());
    }
  }

  private static Value integers(String operator, long a, long b) {
    return switch (operator) {
      case "+" -> new Int(Math.addExact(a, b));
      case "-" -> new Int(Math.subtractExact(a, b));
      case "*" -> new Int(Math.multiplyExact(a, b));
      case "//" -> new Int(Math.floorDivExact(a, b));
      case "%" -> new Int(Math.floorMod(a, b));
      default -> b < 0 ? new Real(Math.pow((double) a, (double) b)) : new Int(power(a, b));
    };
  }

  private static long power(long base, long exponent) {
    if (base >= -1 && base <= 1) {
      return base == -1 && (exponent & 1) == 0 ? 1 : exponent == 0 ? 1 : base;
    }
    long result = 1;
    // At least 2 to the 64th is an overflow, so this ends after at most 63 rounds.
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static double reals(String operator, double a, double b) {
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / nonZero(b);
      case "//" -> Math.floor(a / nonZero(b));
      case "%" -> a - b * Math.floor(a / nonZero(b));
      default -> Math.pow(a, b);
    };
  }

  private static double nonZero(double divisor) {
    if (divisor == 0) {
      throw new ArithmeticException("division by zero");
    }
    return divisor;
  }

  static Value negate(Value value) {
    if (value instanceof Real(double d)) {
      return new Real(-d);
    }
    return calculate("-", new Int(0), value);
  }
}
