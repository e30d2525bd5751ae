/**
 * Who is connected here: sockets by user, and what waits to be written to each. How a frame comes to
 * be is not known here; how it reaches a slow reader is.
 */
package dev.atrium.hub.session;
