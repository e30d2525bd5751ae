/**
 * Long work in small steps: rows that say what is to be done, a lease for the hub that does it, how far
 * it is, and where to go on after a restart. What a job does is not known here.
 */
package dev.atrium.hub.jobs;
