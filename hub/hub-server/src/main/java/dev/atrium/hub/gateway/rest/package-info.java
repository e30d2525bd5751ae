/**
 * HTTP: the session, what is stored, health, and the files of the web client. JSON in and out,
 * errors from the one table; what a call means is decided in the rooms behind.
 */
package dev.atrium.hub.gateway.rest;
