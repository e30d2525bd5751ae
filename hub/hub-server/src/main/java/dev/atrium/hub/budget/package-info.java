/**
 * Money: what a generation reserves, tops up and finally spends, in every account that pays. Whole
 * micro-units only; the arithmetic runs in a stored function, which decides a whole batch in one round trip.
 */
package dev.atrium.hub.budget;
