/**
 * The whole system, started the way a person starts it: real processes, a real database, the starter
 * model. Each test asks for something that a user would notice. They need the built modules of hub and
 * node beside them, which {@code mvn verify} has made by then.
 */
package dev.atrium.launcher.endtoend;
