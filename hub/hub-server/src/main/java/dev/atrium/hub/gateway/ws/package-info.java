/**
 * The websocket: handshake, frames in, frames out, and why it is closed. What a frame means is
 * decided in the rooms behind.
 */
package dev.atrium.hub.gateway.ws;
