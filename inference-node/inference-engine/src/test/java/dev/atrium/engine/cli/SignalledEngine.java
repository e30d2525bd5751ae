package dev.atrium.engine.cli;

import java.util.Arrays;

/** The command, which is sent a signal as soon as it computes: the first argument names it. */
final class SignalledEngine {

  private SignalledEngine() {}

  public static void main(String[] args) {
    Thread command = Thread.currentThread();
    Thread.ofPlatform()
      .daemon()
      .start(() -> signal(command, args[0]));
    EngineMain.main(Arrays.copyOfRange(args, 1, args.length));
  }

  private static void signal(Thread command, String name) {
    while (!computes(command)) {
      Thread.onSpinWait();
    }
    try {
      String pid = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether it is within libtorch, in a step. */
  private static boolean computes(Thread command) {
    StackTraceElement[] stack = command.getStackTrace();
    return (
      stack.length > 0 &&
      stack[0].isNativeMethod() &&
      stack[0].getClassName().startsWith("ai.djl.pytorch.jni.") &&
      Arrays.stream(stack).anyMatch(frame -> frame.getClassName().endsWith(".LlmEngine"))
    );
  }
}
