/**
 * One command, one machine: starts PostgreSQL, hubs and inference nodes as separate processes, waits
 * until chat is ready, follows them, and stops them in order. It knows nothing of what the processes
 * do: it sets their environment, reads their output and asks the hub's health address.
 */
package dev.atrium.launcher;
