package dev.atrium.inference;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets the engines of one device step one at a time, in the order they came: two models that compute
 * at once fight for the same cores, and both become slower than in turns.
 */
final class Turnstile {

  private final Lock lock = new ReentrantLock(true);

  /** Runs {@code step} when it is this thread's turn. */
  void pass(Runnable step) {
    lock.lock();
    try {
      step.run();
    } finally {
      lock.unlock();
    }
  }

  /** The turnstiles of a process, one a device. */
  static final class PerDevice {

    private final Map<String, Turnstile> devices = new ConcurrentHashMap<>();

    Turnstile of(String device) {
      return devices.computeIfAbsent(device, _ -> new Turnstile());
    }
  }
}
