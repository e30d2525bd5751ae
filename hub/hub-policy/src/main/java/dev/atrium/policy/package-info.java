/**
 * Rules that the hub and the portal share, in plain Java: how passwords are hashed and which are
 * accepted, who may do what and why. No framework, no database.
 */
package dev.atrium.policy;
