/**
 * The pool of database connections and the transaction that several rooms share. SQL itself lives
 * in the rooms, in their {@code Pg*} classes.
 */
package dev.atrium.hub.db;
