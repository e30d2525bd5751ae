/** What tests of commands share. */
package dev.atrium.admin.testing;
