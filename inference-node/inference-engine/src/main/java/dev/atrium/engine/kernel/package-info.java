/**
 * What a step on the CPU computes between its matrix products, in Java's Vector API: norms, rotation,
 * attention, the gated unit. Registered with libtorch as operators of the namespace {@code atrium}, so
 * that the script of the network calls them by name. And what tokens weigh when one is drawn
 * ({@link dev.atrium.engine.kernel.Weights}), whatever computed their logits.
 *
 * <p>A row's numbers are computed by one thread, in an order that depends on nothing but the row: they
 * are the same in every company. Nothing is used whose result the Vector API leaves open (sums over
 * lanes, library functions), so they are also the same before and after the code is compiled.
 */
package dev.atrium.engine.kernel;
