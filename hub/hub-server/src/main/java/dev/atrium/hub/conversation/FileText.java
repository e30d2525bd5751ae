package dev.atrium.hub.conversation;

/** What a file of a prompt holds. */
public record FileText(String name, String text) {
  /** Without name and text: nothing that people write belongs into a log. */
  @Override
  public String toString() {
    return "FileText[" + text.length() + " chars]";
  }
}
