package dev.atrium.starter.corpus;

import java.util.Set;

/**
 * One question and its answer.
 *
 * @param right every answer that counts as right; empty in training, where one answer is given
 */
record Exchange(Intent intent, String question, String answer, Set<String> right) {}
