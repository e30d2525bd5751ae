/**
 * The hub process: everything that an employee or an integrator talks to. Only {@link
 * dev.atrium.hub.HubMain} lives here, the one place where the rooms are wired together.
 */
package dev.atrium.hub;
