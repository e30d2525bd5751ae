/**
 * Who is calling: local accounts, sign-in and its limits, access tokens, sessions and their
 * rotation. What a caller may do is not decided here.
 */
package dev.atrium.hub.auth;
