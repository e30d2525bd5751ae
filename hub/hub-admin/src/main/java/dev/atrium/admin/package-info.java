/**
 * The operator's command line behind {@code deploy/atrium audit|user|grant …}: one class a group of commands. It
 * talks to the database with an operator's credentials and knows neither hub nor cluster.
 */
package dev.atrium.admin;
