package dev.atrium.engine.text.jinja;

/** A place in a template; line and column count from 1, columns in UTF-16 units. */
record At(int line, int column) {}
