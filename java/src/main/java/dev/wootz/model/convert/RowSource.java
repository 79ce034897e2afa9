package dev.wootz.model.convert;

import dev.wootz.format.TensorInfo;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The rows of a tensor as a file stores them, perhaps in another order or out of several tensors. */
interface RowSource {
  DType dtype();

  Shape shape();

  /** Fills the remaining bytes of {@code into} with whole rows from {@code row} on. */
  void read(long row, ByteBuffer into);

  default long rowBytes() {
    return dtype().bytes(shape().cols());
  }

  /** Reads bytes of a tensor, see {@link dev.wootz.format.GgufFile#read}. */
  interface Reader {
    void read(TensorInfo tensor, long byteOffset, ByteBuffer into);
  }

  /** A stored tensor as it is. */
  record Stored(Reader reader, TensorInfo tensor) implements RowSource {
    @Override
    public DType dtype() {
      return tensor.dtype();
    }

    @Override
    public Shape shape() {
      return tensor.shape();
    }

    @Override
    public void read(long row, ByteBuffer into) {
      reader.read(tensor, row * rowBytes(), into);
    }
  }

  /**
   * The rows of queries or keys of Llama in the other order: Hugging Face rotates element i of a head with element i + dim / 2, llama.cpp
   * element 2 i with 2 i + 1.
   *
   * @param toGguf whether the rows of {@code source} are in Hugging Face's order
   */
  record Interleaved(RowSource source, int headDim, boolean toGguf) implements RowSource {
    @Override
    public DType dtype() {
      return source.dtype();
    }

    @Override
    public Shape shape() {
      return source.shape();
    }

    private long sourceRow(long row) {
      long head = row / headDim * headDim;
      long at = row % headDim;
      int half = headDim / 2;
      return head + (toGguf ? at % 2 * half + at / 2 : at % half * 2 + at / half);
    }

    @Override
    public void read(long row, ByteBuffer into) {
      if (source.shape().rank() == 1) {
        readElements(into);
        return;
      }
      int bytes = (int) rowBytes();
      int end = into.limit();
      for (long at = row; into.position() < end; at++) {
        into.limit(into.position() + bytes);
        source.read(sourceRow(at), into);
      }
      into.limit(end);
    }

    /** A bias: all of it, an element for each row of its matrix. */
    private void readElements(ByteBuffer into) {
      int bytes = dtype().bytes();
      ByteBuffer all = ByteBuffer.allocate(into.remaining());
      source.read(0, all);
      for (int at = 0; at < all.capacity() / bytes; at++) {
        into.put(all.array(), (int) sourceRow(at) * bytes, bytes);
      }
    }
  }

  /** Matrices of one shape and type after each other: [n, rows, cols]. */
  record Stacked(List<RowSource> parts) implements RowSource {
    @Override
    public DType dtype() {
      return parts.get(0).dtype();
    }

    @Override
    public Shape shape() {
      Shape one = parts.get(0).shape();
      return Shape.of(parts.size(), one.rows(), one.cols());
    }

    @Override
    public void read(long row, ByteBuffer into) {
      long partRows = parts.get(0).shape().rows();
      int end = into.limit();
      for (long at = row; into.position() < end; ) {
        long rows = Math.min(partRows - at % partRows, (end - into.position()) / rowBytes());
        into.limit(into.position() + (int) (rows * rowBytes()));
        parts.get((int) (at / partRows)).read(at % partRows, into);
        at += rows;
      }
      into.limit(end);
    }
  }

  /** One matrix of [n, rows, cols]. */
  record Slice(RowSource source, long index) implements RowSource {
    @Override
    public DType dtype() {
      return source.dtype();
    }

    @Override
    public Shape shape() {
      return Shape.of(source.shape().extent(1), source.shape().extent(2));
    }

    @Override
    public void read(long row, ByteBuffer into) {
      source.read(index * source.shape().extent(1) + row, into);
    }
  }

  /** Values that are computed, one row. */
  record Computed(float[] values) implements RowSource {
    @Override
    public DType dtype() {
      return DType.F32;
    }

    @Override
    public Shape shape() {
      return Shape.of(values.length);
    }

    @Override
    public void read(long row, ByteBuffer into) {
      ByteBuffer little = into.order(ByteOrder.LITTLE_ENDIAN);
      for (float value : values) {
        little.putFloat(value);
      }
    }
  }
}
