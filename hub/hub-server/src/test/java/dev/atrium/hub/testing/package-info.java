/** What tests of several rooms need: a hub's database with a user or two in it. */
package dev.atrium.hub.testing;
