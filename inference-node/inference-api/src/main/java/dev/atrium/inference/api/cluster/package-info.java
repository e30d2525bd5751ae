/**
 * How hubs and inference nodes become one Vert.x cluster over Hazelcast. It lives in inference-api,
 * and brings vertx-hazelcast with it, because both processes must set the cluster up in exactly the
 * same way and share no other module. {@link dev.atrium.inference.api.cluster.RegistrationGuard}
 * repairs what a partition does to the bus's registrations. Nothing about messages or generations
 * belongs here.
 */
package dev.atrium.inference.api.cluster;
