package dev.atrium.engine.text;

import java.util.List;
import java.util.Random;

/** Text as people and attackers write it. */
final class RandomText {

  private static final List<String> PARTS = List.of(
    "Hello",
    " world",
    "你好",
    "，世界。",
    "😀",
    "👩‍👩‍👧",
    "🇨🇳",
    "é",
    "e\u0301",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "1234",
    "don't",
    "<",
    "|",
    ">",
    "_",
    "<|",
    "|>",
    "im_end",
    "▁",
    "\u00A0",
    "𝒳",
    "ß",
    "\r\n",
    "<0x0A>",
    "x",
    "ا",
    "한국",
    "\u200B",
    "!?",
    "{}",
    "\\n"
  );

  private RandomText() {}

  static String mixed(Random random, List<String> more) {
    StringBuilder text = new StringBuilder();
    int parts = random.nextInt(20);
    for (int i = 0; i < parts; i++) {
      int pick = random.nextInt(PARTS.size() + 3 * more.size());
      text.append(pick < PARTS.size() ? PARTS.get(pick) : more.get(pick % more.size()));
    }
    return text.toString();
  }
}
