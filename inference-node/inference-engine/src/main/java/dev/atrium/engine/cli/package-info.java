/**
 * The engine on the command line: write an answer, look at numbers, measure speed. Answers go to
 * stdout and nothing else does; an error is one sentence on stderr.
 */
package dev.atrium.engine.cli;
