/**
 * One language model at work: requests go in, events with text come out, one native call a step for
 * the whole batch. Scheduling, the cache's ranges, sampling and stopping live here; tensors do not
 * (see {@code djl}), and neither does anything that knows of a network.
 */
package dev.atrium.engine;
