package dev.atrium.starter.corpus;

/** One question and its answer. */
record Exchange(String question, String answer) {}
