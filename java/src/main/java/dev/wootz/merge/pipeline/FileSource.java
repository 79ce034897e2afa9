package dev.wootz.merge.pipeline;

import dev.wootz.format.TensorInfo;
import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;

/**
 * A tensor of a checkpoint, read with positional reads: copying from the page cache into a buffer that stays in the processor's cache is
 * faster than touching fresh mapped pages, and a file that shrinks meanwhile is an error instead of the end of the process.
 */
record FileSource(String label, Reader reader, TensorInfo info) implements TensorSource {
  /** {@link dev.wootz.format.Checkpoint#read} or {@link dev.wootz.format.LoraAdapter#read}. */
  @FunctionalInterface
  interface Reader {
    void read(TensorInfo tensor, long byteOffset, ByteBuffer into);
  }

  @Override
  public DType dtype() {
    return info.dtype();
  }

  @Override
  public Shape shape() {
    return info.shape();
  }

  @Override
  public boolean wholeRows() {
    return false;
  }

  @Override
  public void load(long first, Tensor into, Scratch scratch) {
    reader.read(info, first * info.dtype().bytes(), into.buffer());
  }

  @Override
  public long bytesToRead() {
    return info.bytes();
  }

  @Override
  public String toString() {
    return info.name() + " of " + label;
  }
}
