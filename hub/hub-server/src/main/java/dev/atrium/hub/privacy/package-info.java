/**
 * A person's rights over their data, and the company's duties: exporting and erasing a person, retention,
 * the rotation of keys, reading in an emergency, and what people must be told. The jobs for it are in
 * small steps that may be repeated.
 */
package dev.atrium.hub.privacy;
