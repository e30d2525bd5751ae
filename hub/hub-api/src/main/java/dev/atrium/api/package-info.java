/**
 * What a hub and its clients say to each other: websocket frames, their JSON, close codes and the
 * one table of errors that every transport uses. Nothing here opens a socket or knows a database.
 */
package dev.atrium.api;
