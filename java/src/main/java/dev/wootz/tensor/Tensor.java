package dev.wootz.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A view of contiguous, row-major elements in native memory. Owns nothing: it is valid as long as its {@link Memory} is open, and
 * {@link #address()} throws afterwards.
 */
public record Tensor(Memory memory, long offset, DType dtype, Shape shape) {
  public Tensor {
    if (offset < 0 || Math.addExact(offset, Math.multiplyExact(shape.elements(), (long) dtype.bytes())) > memory.bytes()) {
      throw new IndexOutOfBoundsException(
          "a " + dtype + " tensor of shape " + shape + " at byte " + offset + " does not fit into " + memory.bytes() + " bytes");
    }
  }

  /** A float32 copy of an array, flat, in memory of its own: close {@link #memory()}. */
  public static Tensor of(float... values) {
    Memory memory = Memory.allocate((long) values.length * DType.F32.bytes());
    Tensor tensor = new Tensor(memory, 0, DType.F32, Shape.of(values.length));
    tensor.buffer().asFloatBuffer().put(values);
    return tensor;
  }

  /** All of {@code memory} from its first byte on, as a tensor of this shape. */
  public static Tensor over(Memory memory, DType dtype, long... extents) {
    return new Tensor(memory, 0, dtype, Shape.of(extents));
  }

  /** The elements of a float32 tensor; at most 2^29. Throws {@link IllegalStateException} for another dtype. */
  public float[] toFloats() {
    if (dtype != DType.F32) {
      throw new IllegalStateException("expected a f32 tensor, found " + dtype);
    }
    float[] values = new float[Math.toIntExact(elements())];
    buffer().asFloatBuffer().get(values);
    return values;
  }

  /** Address of the first element. Throws {@link IllegalStateException} when the memory has been closed. */
  public long address() {
    return memory.address() + offset;
  }

  public long elements() {
    return shape.elements();
  }

  public long bytes() {
    return elements() * dtype.bytes();
  }

  /** Elements {@code [first, first + n)} as a flat tensor over the same memory. */
  public Tensor flat(long first, long n) {
    if (first < 0 || n < 0 || first > elements() - n) {
      throw new IndexOutOfBoundsException("elements [" + first + ", " + (first + n) + ") of a tensor of " + elements());
    }
    return new Tensor(memory, offset + first * dtype.bytes(), dtype, Shape.of(n));
  }

  /** The bytes as a buffer in native order; at most 2 GiB. */
  public ByteBuffer buffer() {
    return memory.buffer(offset, bytes()).order(ByteOrder.nativeOrder());
  }
}
