/** What is compared with the database once a run is over. */
package dev.atrium.stress.check;
