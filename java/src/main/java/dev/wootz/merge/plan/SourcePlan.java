package dev.wootz.merge.plan;

import dev.wootz.format.LoraAdapter;
import dev.wootz.format.TensorInfo;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * One input of one output tensor.
 *
 * @param tensor what the model stores; with fewer rows than stored where {@link dev.wootz.merge.Mode#MERGEKIT} cuts a vocabulary
 * @param lora what the model's adapter adds to it
 * @param replacement what the model's adapter has instead of it
 */
public record SourcePlan(
    OpenModel model, TensorInfo tensor, LoraAdapter.@Nullable Module lora, @Nullable TensorInfo replacement) {

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

  /** The first rows only. The elements of a row lie together, so that the rest is simply not read. */
  SourcePlan firstRows(long rows) {
    return new SourcePlan(model, firstRows(tensor, rows), lora, replacement == null ? null : firstRows(replacement, rows));
  }

  private static TensorInfo firstRows(TensorInfo info, long rows) {
    if (info.shape().extent(0) <= rows) {
      return info;
    }
    Shape shape = info.shape().withRows(rows);
    return new TensorInfo(info.name(), info.dtype(), shape, info.file(), info.offset(), shape.elements() * info.dtype().bytes());
  }
}
