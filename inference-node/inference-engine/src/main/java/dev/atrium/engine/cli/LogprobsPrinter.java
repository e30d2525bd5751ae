package dev.atrium.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.TokenLogprob;
import dev.atrium.engine.text.Tokenizer;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A line of JSON for each token: its id, its text, its log-probability, its alternatives. */
final class LogprobsPrinter {

  private final ObjectMapper json = new ObjectMapper();
  private final PrintWriter out;
  private final Tokenizer tokenizer;

  LogprobsPrinter(PrintWriter out, Tokenizer tokenizer) {
    this.out = out;
    this.tokenizer = tokenizer;
  }

  void print(EngineEvent.Text text) {
    for (TokenLogprob token : text.logprobs()) {
      ObjectNode line = node(token.id(), token.logprob());
      var alternatives = line.putArray("alternatives");
      token.alternatives().forEach(other -> alternatives.add(node(other.id(), other.logprob())));
      try {
        out.println(json.writeValueAsString(line));
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }
    out.flush();
  }

  /** Bytes of a character that is cut between tokens show as U+FFFD. */
  private ObjectNode node(int id, double logprob) {
    String text = new String(tokenizer.tokenBytes(id), StandardCharsets.UTF_8);
    return json.createObjectNode().put("id", id).put("text", text).put("logprob", logprob);
  }
}
