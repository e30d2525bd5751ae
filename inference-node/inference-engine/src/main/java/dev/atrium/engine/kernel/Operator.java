package dev.atrium.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Consumer;

/** The operators of the namespace {@code atrium} as libtorch knows them: tensors first. */
enum Operator {
  /** The norm of {@code x} into {@code y}. */
  NORM(
    "norm(Tensor x, Tensor weight, Tensor(a!) y, Tensor(b!) size, float least, int sized)",
    4,
    Kernels::norm
  ),
  /** Adds a product to the residual, and the norm of that into {@code y} unless there is no weight. */
  JOIN(
    "join(Tensor(a!) x, Tensor product, Tensor(b!) size, Tensor bias, " +
    "Tensor weight, Tensor(c!) y, float least, int sized)",
    6,
    Kernels::join
  ),
  /** The gated unit, with rows that fit int8. */
  GATE(
    "gate(Tensor(a!) gate_up, Tensor(b!) size, Tensor bias, Tensor(c!) y, int sized)",
    4,
    Kernels::gate
  ),
  /**
   * Norms and turns queries and keys, puts keys and values to their places, and attends, with rows that
   * fit int8. A row sees the places from its start to its slot, or the last ones through a window.
   */
  ATTEND(
    "attend(Tensor(a!) heads, Tensor(b!) size, Tensor bias, Tensor q_norm, Tensor k_norm, " +
    "Tensor turns, Tensor positions, Tensor slots, Tensor(c!) slab, Tensor(d!) scales, " +
    "Tensor starts, Tensor(e!) mixed, float least, int window, int sized)",
    12,
    Kernels::attend
  ),
  /** Makes logits of the head's product, and says where the largest of each row is. */
  LIKELIEST(
    "likeliest(Tensor(a!) logits, Tensor size, Tensor(b!) ids, int sized)",
    3,
    Kernels::likeliest
  );

  private final String schema;
  private final int tensors;
  private final Consumer<Kernels> what;

  Operator(String schema, int tensors, Consumer<Kernels> what) {
    this.schema = schema;
    this.tensors = tensors;
    this.what = what;
  }

  /** libtorch knows them from now on, as long as the process lives. */
  static void register() {
    var _ = Registration.DONE;
  }

  @SuppressWarnings("UnusedMethod") // libtorch calls it
  private void call(long words, long count, long results) {
    Kernels.call(tensors, what, words);
  }

  private static final class Registration {

    static final boolean DONE = done();

    private static final String NAMESPACE = "atrium";

    private static boolean done() {
      MemorySegment library = TorchCalls.newLibrary(NAMESPACE);
      MemorySegment kernels = TorchCalls.newKernels(NAMESPACE);
      MethodType type = MethodType.methodType(void.class, long.class, long.class, long.class);
      for (Operator operator : values()) {
        TorchCalls.define(library, operator.schema + " -> ()");
        try {
          TorchCalls.implement(
            kernels,
            operator.schema.substring(0, operator.schema.indexOf('(')),
            TorchCalls.stub(
              MethodHandles.lookup().findVirtual(Operator.class, "call", type).bindTo(operator)
            )
          );
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e);
        }
      }
      return true;
    }
  }
}
