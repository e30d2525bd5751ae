/**
 * The models that lie on this machine: fetched, listed, shown and removed by {@code deploy/atrium
 * model}. The only part of Atrium that asks a host outside for anything, and only when it is told to.
 * Nothing here runs a model.
 */
package dev.atrium.inference.shelf;
