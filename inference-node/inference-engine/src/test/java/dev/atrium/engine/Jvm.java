package dev.atrium.engine;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** A JVM like the one that runs the tests: the same options, without its agents, and class path. */
public final class Jvm {

  private Jvm() {}

  /** What starts a class in one: the arguments of its {@code main} are still to be added. */
  public static List<String> command(Class<?> main, String... moreOptions) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    ManagementFactory.getRuntimeMXBean()
      .getInputArguments()
      .stream()
      .filter(argument -> !argument.startsWith("-javaagent"))
      .forEach(command::add);
    command.addAll(List.of(moreOptions));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }
}
