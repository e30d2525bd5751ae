package dev.atrium.engine.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of one token over keys and values where they lie, for the query heads that share a key
 * head. Its numbers depend on nothing but what it sees, in its order: not on where in a block the
 * sequence begins. Belongs to a thread.
 */
final class Attention {

  /** Queries that share what was read of keys and values. */
  private static final int TOGETHER = 3;
  /** Numbers of one query that are summed at once, in vectors that don't wait for one another. */
  private static final int ALONE = 4 * Lanes.N;

  private float[] scores = new float[0];
  private float[] mixed = new float[0];
  private float[] query = new float[0];
  private float[] sums = new float[0];

  /**
   * @param queries address of the first of {@code group} queries, one after another
   * @param first the first place that is seen
   * @param last the last one
   * @param out address of the first result, one after another
   */
  void attend(long queries, int group, Slab slab, int head, long first, long last, long out) {
    int dim = slab.dim();
    int lead = (int) (first % Slab.BLOCK);
    int seen = (int) (last - first) + 1;
    int blocks = (int) (last / Slab.BLOCK - first / Slab.BLOCK) + 1;
    int stride = blocks * Slab.BLOCK + Lanes.N;
    room(group, stride, dim);
    Lanes.copy(queries, query, group * dim);
    for (int b = 0; b < blocks; b++) {
      long place = first - lead + (long) b * Slab.BLOCK;
      long keys = slab.keyBlock(head, place);
      int to = b * Slab.BLOCK;
      int g = 0;
      for (; g <= group - TOGETHER; g += TOGETHER) {
        scoreTogether(slab, keys, g * dim, g * stride + to, stride);
      }
      for (; g < group; g++) {
        score(slab, keys, g * dim, g * stride + to);
      }
      for (g = 0; slab.scaled() && g < group; g++) {
        scale(g * stride + to, Slab.BLOCK, slab.keyScale(head, place));
      }
    }
    for (int g = 0; g < group; g++) {
      sums[g] = softmax(g * stride + lead, seen);
      if (slab.scaled()) {
        scale(g * stride + lead, seen, slab.valueScale(head, first));
      }
    }
    Arrays.fill(mixed, 0, group * dim, 0);
    for (int t = 0; t < seen; t += Slab.BLOCK) {
      int n = Math.min(Slab.BLOCK, seen - t);
      long values = slab.value(head, first + t);
      int share = lead + t;
      int g = 0;
      for (; g <= group - TOGETHER; g += TOGETHER) {
        mixTogether(slab, values, n, g * stride + share, stride, g * dim);
      }
      for (; g < group; g++) {
        mix(slab, values, n, g * stride + share, g * dim, 0);
      }
    }
    for (int g = 0; g < group; g++) {
      divide(g * dim, dim, sums[g], out + (long) g * dim * Lanes.BYTES);
    }
  }

  private void room(int group, int stride, int dim) {
    if (scores.length < group * stride) {
      scores = new float[group * stride];
    }
    if (mixed.length < group * dim) {
      mixed = new float[group * dim];
      query = new float[group * dim];
      sums = new float[group];
    }
  }

  /** A query's scores for a block of keys. */
  private void score(Slab slab, long keys, int from, int to) {
    int vector = Lanes.N * slab.bytes();
    int row = Slab.BLOCK * slab.bytes();
    for (int c = 0; c < Slab.BLOCK; c += ALONE) {
      FloatVector s0 = Lanes.zero();
      FloatVector s1 = Lanes.zero();
      FloatVector s2 = Lanes.zero();
      FloatVector s3 = Lanes.zero();
      long at = keys + (long) c * slab.bytes();
      for (int d = 0; d < slab.dim(); d++) {
        FloatVector q = Lanes.all(query[from + d]);
        s0 = q.fma(slab.load(at), s0);
        s1 = q.fma(slab.load(at + vector), s1);
        s2 = q.fma(slab.load(at + 2 * vector), s2);
        s3 = q.fma(slab.load(at + 3 * vector), s3);
        at += row;
      }
      s0.intoArray(scores, to + c);
      s1.intoArray(scores, to + c + Lanes.N);
      s2.intoArray(scores, to + c + 2 * Lanes.N);
      s3.intoArray(scores, to + c + 3 * Lanes.N);
    }
  }

  /** The same of {@link #TOGETHER} queries: each sum is the one that {@link #score} makes. */
  private void scoreTogether(Slab slab, long keys, int from, int to, int stride) {
    int dim = slab.dim();
    int vector = Lanes.N * slab.bytes();
    int row = Slab.BLOCK * slab.bytes();
    for (int c = 0; c < Slab.BLOCK; c += ALONE) {
      FloatVector a0 = Lanes.zero();
      FloatVector a1 = Lanes.zero();
      FloatVector a2 = Lanes.zero();
      FloatVector a3 = Lanes.zero();
      FloatVector b0 = Lanes.zero();
      FloatVector b1 = Lanes.zero();
      FloatVector b2 = Lanes.zero();
      FloatVector b3 = Lanes.zero();
      FloatVector c0 = Lanes.zero();
      FloatVector c1 = Lanes.zero();
      FloatVector c2 = Lanes.zero();
      FloatVector c3 = Lanes.zero();
      long at = keys + (long) c * slab.bytes();
      for (int d = 0; d < dim; d++) {
        FloatVector k0 = slab.load(at);
        FloatVector k1 = slab.load(at + vector);
        FloatVector k2 = slab.load(at + 2 * vector);
        FloatVector k3 = slab.load(at + 3 * vector);
        FloatVector qa = Lanes.all(query[from + d]);
        FloatVector qb = Lanes.all(query[from + dim + d]);
        FloatVector qc = Lanes.all(query[from + 2 * dim + d]);
        a0 = qa.fma(k0, a0);
        a1 = qa.fma(k1, a1);
        a2 = qa.fma(k2, a2);
        a3 = qa.fma(k3, a3);
        b0 = qb.fma(k0, b0);
        b1 = qb.fma(k1, b1);
        b2 = qb.fma(k2, b2);
        b3 = qb.fma(k3, b3);
        c0 = qc.fma(k0, c0);
        c1 = qc.fma(k1, c1);
        c2 = qc.fma(k2, c2);
        c3 = qc.fma(k3, c3);
        at += row;
      }
      a0.intoArray(scores, to + c);
      a1.intoArray(scores, to + c + Lanes.N);
      a2.intoArray(scores, to + c + 2 * Lanes.N);
      a3.intoArray(scores, to + c + 3 * Lanes.N);
      b0.intoArray(scores, to + stride + c);
      b1.intoArray(scores, to + stride + c + Lanes.N);
      b2.intoArray(scores, to + stride + c + 2 * Lanes.N);
      b3.intoArray(scores, to + stride + c + 3 * Lanes.N);
      c0.intoArray(scores, to + 2 * stride + c);
      c1.intoArray(scores, to + 2 * stride + c + Lanes.N);
      c2.intoArray(scores, to + 2 * stride + c + 2 * Lanes.N);
      c3.intoArray(scores, to + 2 * stride + c + 3 * Lanes.N);
    }
  }

  /** Makes shares of scores, all still to be divided by the sum that comes back. */
  private float softmax(int from, int count) {
    Arrays.fill(scores, from + count, from + count + Lanes.N, Float.NEGATIVE_INFINITY);
    FloatVector most = Lanes.all(Float.NEGATIVE_INFINITY);
    for (int i = 0; i < count; i += Lanes.N) {
      most = most.max(Lanes.of(scores, from + i));
    }
    float max = Lanes.max(most);
    FloatVector sum = Lanes.zero();
    for (int i = 0; i < count; i += Lanes.N) {
      FloatVector e = Lanes.exp(Lanes.of(scores, from + i).sub(max));
      e.intoArray(scores, from + i);
      sum = sum.add(e);
    }
    return Lanes.sum(sum);
  }

  private void divide(int from, int count, float by, long to) {
    int i = 0;
    for (; i <= count - Lanes.N; i += Lanes.N) {
      Lanes.store(Lanes.of(mixed, from + i).div(by), to + (long) i * Lanes.BYTES);
    }
    for (; i < count; i++) {
      Lanes.set(to + (long) i * Lanes.BYTES, mixed[from + i] / by);
    }
  }

  /** Multiplies scores or shares by what keys or values are to be multiplied by. */
  private void scale(int from, int count, long scales) {
    int i = 0;
    for (; i <= count - Lanes.N; i += Lanes.N) {
      FloatVector s = Lanes.of(scores, from + i);
      s.mul(Lanes.load(scales + (long) i * Lanes.BYTES)).intoArray(scores, from + i);
    }
    for (; i < count; i++) {
      scores[from + i] *= Lanes.get(scales + (long) i * Lanes.BYTES);
    }
  }

  /** Adds n values, each by its share, from a dimension on. */
  private void mix(Slab slab, long values, int n, int share, int to, int dimension) {
    int dim = slab.dim();
    int vector = Lanes.N * slab.bytes();
    int row = dim * slab.bytes();
    int d = dimension;
    for (; d <= dim - ALONE; d += ALONE) {
      FloatVector m0 = Lanes.of(mixed, to + d);
      FloatVector m1 = Lanes.of(mixed, to + d + Lanes.N);
      FloatVector m2 = Lanes.of(mixed, to + d + 2 * Lanes.N);
      FloatVector m3 = Lanes.of(mixed, to + d + 3 * Lanes.N);
      long at = values + (long) d * slab.bytes();
      for (int t = 0; t < n; t++) {
        FloatVector p = Lanes.all(scores[share + t]);
        m0 = p.fma(slab.load(at), m0);
        m1 = p.fma(slab.load(at + vector), m1);
        m2 = p.fma(slab.load(at + 2 * vector), m2);
        m3 = p.fma(slab.load(at + 3 * vector), m3);
        at += row;
      }
      m0.intoArray(mixed, to + d);
      m1.intoArray(mixed, to + d + Lanes.N);
      m2.intoArray(mixed, to + d + 2 * Lanes.N);
      m3.intoArray(mixed, to + d + 3 * Lanes.N);
    }
    for (; d <= dim - Lanes.N; d += Lanes.N) {
      FloatVector m = Lanes.of(mixed, to + d);
      long at = values + (long) d * slab.bytes();
      for (int t = 0; t < n; t++) {
        m = Lanes.all(scores[share + t]).fma(slab.load(at), m);
        at += row;
      }
      m.intoArray(mixed, to + d);
    }
    for (; d < dim; d++) {
      float m = mixed[to + d];
      long at = values + (long) d * slab.bytes();
      for (int t = 0; t < n; t++) {
        m = Math.fma(scores[share + t], slab.get(at), m);
        at += row;
      }
      mixed[to + d] = m;
    }
  }

  /** The same for {@link #TOGETHER} queries: each sum is the one that {@link #mix} makes. */
  private void mixTogether(Slab slab, long values, int n, int share, int stride, int to) {
    int dim = slab.dim();
    int vector = Lanes.N * slab.bytes();
    int row = dim * slab.bytes();
    int d = 0;
    for (; d <= dim - ALONE; d += ALONE) {
      FloatVector a0 = Lanes.of(mixed, to + d);
      FloatVector a1 = Lanes.of(mixed, to + d + Lanes.N);
      FloatVector a2 = Lanes.of(mixed, to + d + 2 * Lanes.N);
      FloatVector a3 = Lanes.of(mixed, to + d + 3 * Lanes.N);
      FloatVector b0 = Lanes.of(mixed, to + dim + d);
      FloatVector b1 = Lanes.of(mixed, to + dim + d + Lanes.N);
      FloatVector b2 = Lanes.of(mixed, to + dim + d + 2 * Lanes.N);
      FloatVector b3 = Lanes.of(mixed, to + dim + d + 3 * Lanes.N);
      FloatVector c0 = Lanes.of(mixed, to + 2 * dim + d);
      FloatVector c1 = Lanes.of(mixed, to + 2 * dim + d + Lanes.N);
      FloatVector c2 = Lanes.of(mixed, to + 2 * dim + d + 2 * Lanes.N);
      FloatVector c3 = Lanes.of(mixed, to + 2 * dim + d + 3 * Lanes.N);
      long at = values + (long) d * slab.bytes();
      for (int t = 0; t < n; t++) {
        FloatVector v0 = slab.load(at);
        FloatVector v1 = slab.load(at + vector);
        FloatVector v2 = slab.load(at + 2 * vector);
        FloatVector v3 = slab.load(at + 3 * vector);
        FloatVector pa = Lanes.all(scores[share + t]);
        FloatVector pb = Lanes.all(scores[share + stride + t]);
        FloatVector pc = Lanes.all(scores[share + 2 * stride + t]);
        a0 = pa.fma(v0, a0);
        a1 = pa.fma(v1, a1);
        a2 = pa.fma(v2, a2);
        a3 = pa.fma(v3, a3);
        b0 = pb.fma(v0, b0);
        b1 = pb.fma(v1, b1);
        b2 = pb.fma(v2, b2);
        b3 = pb.fma(v3, b3);
        c0 = pc.fma(v0, c0);
        c1 = pc.fma(v1, c1);
        c2 = pc.fma(v2, c2);
        c3 = pc.fma(v3, c3);
        at += row;
      }
      a0.intoArray(mixed, to + d);
      a1.intoArray(mixed, to + d + Lanes.N);
      a2.intoArray(mixed, to + d + 2 * Lanes.N);
      a3.intoArray(mixed, to + d + 3 * Lanes.N);
      b0.intoArray(mixed, to + dim + d);
      b1.intoArray(mixed, to + dim + d + Lanes.N);
      b2.intoArray(mixed, to + dim + d + 2 * Lanes.N);
      b3.intoArray(mixed, to + dim + d + 3 * Lanes.N);
      c0.intoArray(mixed, to + 2 * dim + d);
      c1.intoArray(mixed, to + 2 * dim + d + Lanes.N);
      c2.intoArray(mixed, to + 2 * dim + d + 2 * Lanes.N);
      c3.intoArray(mixed, to + 2 * dim + d + 3 * Lanes.N);
    }
    for (int g = 0; g < TOGETHER; g++) {
      mix(slab, values, n, share + g * stride, to + g * dim, d);
    }
  }
}
