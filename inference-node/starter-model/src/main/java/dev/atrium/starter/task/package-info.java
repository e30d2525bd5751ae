/**
 * Tasks whose answers are made from what the question gives: a passage to read, facts to write up, a
 * list to sort. Each family is a program with templates of its own in the resources beside it; some
 * templates and some entities are held out of training, so that what is measured on them was never
 * met.
 */
package dev.atrium.starter.task;
