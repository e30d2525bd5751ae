/** What is compared with the database once a run is over, and the violations that were found. */
package dev.atrium.stress.check;
