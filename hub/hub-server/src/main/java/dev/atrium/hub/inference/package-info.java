/**
 * Inference nodes and other hubs, over the event bus: who is there, who takes the next answer, what
 * is asked and heard. Besides the bus bridge this is the only room that touches the bus; what an
 * answer means is not known here.
 */
package dev.atrium.hub.inference;
