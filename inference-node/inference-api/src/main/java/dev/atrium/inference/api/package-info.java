/**
 * What may be said to an inference node over the event bus, and what it says back: the addresses,
 * the message records and their JSON codecs. Every record checks itself when it is made, so a hub
 * can't send what a node would refuse to read; unknown JSON fields are ignored, so that versions can
 * roll. No behaviour belongs here: nothing sends, waits or decides.
 */
package dev.atrium.inference.api;
