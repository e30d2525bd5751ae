/**
 * Which models there are: what the database says about them and what the nodes have right now.
 * Where a model runs is not known here.
 */
package dev.atrium.hub.models;
