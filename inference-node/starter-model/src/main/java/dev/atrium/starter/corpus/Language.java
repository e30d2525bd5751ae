package dev.atrium.starter.corpus;

/** The two languages that the starter model is taught. */
public enum Language {
  EN,
  ZH,
}
