/**
 * The clients: people, their lines to the hubs, and what they ask. They follow the protocol as the
 * web client does, and say so when a hub doesn't. All of it runs on one event loop.
 */
package dev.atrium.stress.client;
