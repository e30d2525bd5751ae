/**
 * Who may do what, and why: grants and denials as data, the one rule by which they are weighed, and
 * the words that explain it. Where rules are stored and who may change them is not known here.
 */
package dev.atrium.policy.permission;
