/**
 * The system under load, from outside: who runs where, starting and stopping it, and the faults that
 * its processes are dealt.
 */
package dev.atrium.stress.system;
