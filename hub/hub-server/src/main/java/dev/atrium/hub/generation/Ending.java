package dev.atrium.hub.generation;

import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame.Reason;
import dev.atrium.hub.conversation.MessageStatus;
import java.util.Map;

/** How a generation ends; exactly one of these for each. */
sealed interface Ending {
  /** The status of the generation's row. */
  String status();

  /** The status of the answer's message. */
  MessageStatus message();

  /** Well, or as its reader wished. */
  record Well(Reason reason) implements Ending {
    @Override
    public String status() {
      return reason == Reason.STOPPED ? "stopped" : "done";
    }

    @Override
    public MessageStatus message() {
      return reason == Reason.STOPPED ? MessageStatus.STOPPED : MessageStatus.COMPLETE;
    }
  }

  /** By an error; what was shown until then is stored. */
  record Badly(ErrorCode code, Map<String, Object> args) implements Ending {
    private boolean interrupted() {
      return switch (code) {
        case INTERRUPTED, NODE_LOST, NODE_LEAVING, HUB_LEAVING -> true;
        default -> false;
      };
    }

    @Override
    public String status() {
      return interrupted() ? "interrupted" : "failed";
    }

    @Override
    public MessageStatus message() {
      return interrupted() ? MessageStatus.INTERRUPTED : MessageStatus.FAILED;
    }
  }
}
