package dev.wootz.merge.plan;

import dev.wootz.format.LoraAdapter;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.vocabulary.RowPlan;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * One input of one output tensor.
 *
 * @param tensor what the model stores; with fewer rows than stored where {@link dev.wootz.merge.Mode#MERGEKIT} cuts a vocabulary
 * @param lora what the model's adapter adds to it
 * @param replacement what the model's adapter has instead of it; {@code lora} is then added to that
 * @param rows how the rows are put in the order of the output's vocabulary; null where they stay as they are
 */
public record SourcePlan(
    OpenModel model,
    TensorInfo tensor,
    LoraAdapter.@Nullable Module lora,
    @Nullable TensorInfo replacement,
    @Nullable RowPlan rows) {

  /** A tensor that a model has, with what its adapter makes of it. */
  static SourcePlan of(OpenModel model, String name) {
    LoraAdapter adapter = model.lora();
    return new SourcePlan(
        model,
        model.checkpoint().tensor(name),
        adapter == null ? null : adapter.modules().get(name),
        adapter == null ? null : adapter.replacements().get(name),
        null);
  }

  /** dtype that the model gives: an adapter does not change it. */
  public DType dtype() {
    return tensor.dtype();
  }

  /** Shape that the model gives, before any change of vocabulary. */
  public Shape shape() {
    return replacement != null ? replacement.shape() : tensor.shape();
  }

  /** Bytes of files that are read to load every element once. */
  public long bytesToRead() {
    long bytes = replacement != null ? replacement.bytes() : tensor.bytes();
    return lora == null ? bytes : bytes + lora.a().bytes() + lora.b().bytes();
  }

  SourcePlan withRows(RowPlan plan) {
    return new SourcePlan(model, tensor, lora, replacement, plan);
  }

  /** The first rows only. The elements of a row lie together, so that the rest is simply not read. */
  SourcePlan firstRows(long count) {
    return new SourcePlan(model, firstRows(tensor, count), lora, replacement == null ? null : firstRows(replacement, count), null);
  }

  private static TensorInfo firstRows(TensorInfo info, long count) {
    if (info.shape().extent(0) <= count) {
      return info;
    }
    Shape shape = info.shape().withRows(count);
    return new TensorInfo(info.name(), info.dtype(), shape, info.file(), info.offset(), shape.elements() * info.dtype().bytes());
  }
}
