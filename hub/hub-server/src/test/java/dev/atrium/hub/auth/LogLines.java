package dev.atrium.hub.auth;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.atrium.hub.testing.Waits;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What a class says in the log, from now on until this is closed, and not on the console meanwhile. */
final class LogLines implements AutoCloseable {

  private final Logger logger;
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  LogLines(Class<?> source) {
    logger = context().getLogger(source);
    appender.start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(appender);
  }

  /** While another thread sets the log up, SLF4J gives stand-ins out. */
  private static LoggerContext context() {
    try {
      Waits.until("the log is set up", () ->
        LoggerFactory.getILoggerFactory() instanceof LoggerContext
      );
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  /** Level and message of each. */
  List<String> all() {
    return List.copyOf(appender.list)
      .stream()
      .map(e -> e.getLevel() + " " + e.getFormattedMessage())
      .toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setAdditive(true);
    logger.setLevel(null);
  }
}
