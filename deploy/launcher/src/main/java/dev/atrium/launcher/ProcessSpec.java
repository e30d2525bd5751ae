package dev.atrium.launcher;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How to start one process of the system, and how to stop it.
 *
 * @param name what it is called in logs and messages, such as {@code hub-1}
 * @param command program and arguments, without the tether
 * @param environment added to what the launcher itself was given; ATRIUM_* of the launcher is dropped
 * @param readyPrefix the beginning of the line on its output that says it is ready; empty if the caller
 *     finds out otherwise
 * @param stopSignal the signal of an orderly stop, such as {@code TERM}
 * @param stopWithin how long an orderly stop may take before the process is killed
 * @param directory working directory
 */
record ProcessSpec(
  String name,
  List<String> command,
  Map<String, String> environment,
  String readyPrefix,
  String stopSignal,
  Duration stopWithin,
  Path directory
) {
  ProcessSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
