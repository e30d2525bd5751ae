package dev.atrium.engine.model;

/**
 * How likely a token is by a row of logits as they are, and which tokens are likeliest.
 *
 * @param logprob natural logarithm of the token's probability; not a number where logits are none
 * @param best ids, the likeliest first, the lower of equals first
 * @param bestLogprobs as many
 */
public record Likelihood(double logprob, int[] best, double[] bestLogprobs) {}
