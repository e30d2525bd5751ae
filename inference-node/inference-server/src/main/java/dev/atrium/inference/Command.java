package dev.atrium.inference;

import dev.atrium.engine.PreparedPrompt;
import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.Replay;
import java.util.Optional;
import java.util.function.Consumer;

/** What an engine's thread can be told; the answer goes to {@code reply}, on that thread. */
record Command(Order order, Consumer<GenerateReply> reply) {
  /** The order itself. */
  sealed interface Order {
    AttemptKey key();
  }

  /** Starts an attempt; without a prompt only a repeat is answered well. */
  record Start(GenerateRequest request, Optional<PreparedPrompt> prompt) implements Order {
    @Override
    public AttemptKey key() {
      return new AttemptKey(request.generationId(), request.attempt());
    }
  }

  /** Raises an allowance. */
  record Raise(Allow allow) implements Order {
    @Override
    public AttemptKey key() {
      return new AttemptKey(allow.generationId(), allow.attempt());
    }
  }

  /** Ends an attempt. */
  record Stop(Cancel cancel) implements Order {
    @Override
    public AttemptKey key() {
      return new AttemptKey(cancel.generationId(), cancel.attempt());
    }
  }

  /** Sends kept events again. */
  record Repeat(Replay replay) implements Order {
    @Override
    public AttemptKey key() {
      return new AttemptKey(replay.generationId(), replay.attempt());
    }
  }

  /** Lets go of kept events. */
  record Forget(Ack ack) implements Order {
    @Override
    public AttemptKey key() {
      return new AttemptKey(ack.generationId(), ack.attempt());
    }
  }
}
