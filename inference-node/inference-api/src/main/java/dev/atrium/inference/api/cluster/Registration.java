package dev.atrium.inference.api.cluster;

import io.vertx.core.spi.cluster.RegistrationInfo;

/** One consumer in the cluster's map of subscriptions. */
record Registration(String address, RegistrationInfo info) {}
