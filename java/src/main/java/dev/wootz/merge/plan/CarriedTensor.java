package dev.wootz.merge.plan;

import dev.wootz.format.TensorInfo;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.method.Methods;
import dev.wootz.merge.recipe.Recipe;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor that holds no weights: a stored buffer, or whole numbers. It goes into the output as it is, once every model is seen to have the
 * same.
 */
final class CarriedTensor {
  /** Larger tensors are not compared while a merge is planned. */
  private static final long MAX_COMPARED_BYTES = 64L << 20;

  private static final int CHUNK_BYTES = 1 << 20;

  private CarriedTensor() {}

  /** @param sources the models that have it, at least one */
  static TensorPlan plan(Recipe recipe, String output, List<SourcePlan> sources) {
    SourcePlan first = sources.get(0);
    for (SourcePlan other : sources.subList(1, sources.size())) {
      if (!same(first, other)) {
        throw new MergeException(
            recipe.name() + ": tensor " + output + " is " + first.tensor().dtype().torchName() + " " + first.tensor().shape()
                + " and differs between model " + first.model() + " and model " + other.model()
                + (first.dtype().floating()
                    ? "; it is computed from the configuration and cannot be merged"
                    : "; only floating-point tensors can be merged (quantised checkpoints must be converted first)"));
      }
    }
    MergeMethod passthrough = Methods.byName("passthrough").orElseThrow();
    List<ModelInput> models = List.of(new ModelInput(0, first.model().index(), first.model().label(), Parameters.NONE));
    return new TensorPlan(
        output, first.shape(), first.dtype(), passthrough, List.of(first), models, -1, Parameters.NONE, List.of());
  }

  private static boolean same(SourcePlan a, SourcePlan b) {
    TensorInfo x = a.tensor();
    TensorInfo y = b.tensor();
    if (x.dtype() != y.dtype() || !x.shape().equals(y.shape()) || x.bytes() > MAX_COMPARED_BYTES) {
      return false;
    }
    ByteBuffer left = ByteBuffer.allocate(CHUNK_BYTES);
    ByteBuffer right = ByteBuffer.allocate(CHUNK_BYTES);
    for (long done = 0; done < x.bytes(); done += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, x.bytes() - done);
      a.model().checkpoint().read(x, done, left.clear().limit(length));
      b.model().checkpoint().read(y, done, right.clear().limit(length));
      if (!left.flip().equals(right.flip())) {
        return false;
      }
    }
    return true;
  }
}
