/**
 * Money: what a generation reserves, tops up and finally spends, in every account that pays. Whole
 * micro-units only; the arithmetic runs in stored functions, so that one round trip decides.
 */
package dev.atrium.hub.budget;
