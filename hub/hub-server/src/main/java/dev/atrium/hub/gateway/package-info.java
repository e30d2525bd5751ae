/**
 * What every way into the hub needs: whose page is asking, and the cookies of a session. The ways
 * themselves are the packages below; no other room knows any of them.
 */
package dev.atrium.hub.gateway;
