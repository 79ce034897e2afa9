package dev.wootz.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A view of contiguous, row-major elements in native memory. Owns nothing: it is valid as long as its {@link Memory} is open, and
 * {@link #address()} and {@link #pointer()} throw afterwards. A tensor of a block type has rows of whole blocks.
 */
public final class Tensor {
  private final Memory memory;
  private final long offset;
  private final DType dtype;
  private final Shape shape;
  private final long bytes;

  /** Made once, so that an operation on the same tensor allocates nothing. */
  private @Nullable Pointer pointer;

  public Tensor(Memory memory, long offset, DType dtype, Shape shape) {
    if (shape.cols() % dtype.blockElements() != 0) {
      throw new IllegalArgumentException(
          "rows of " + shape.cols() + " elements are not whole blocks of " + dtype.blockElements() + " (" + dtype + ")");
    }
    this.memory = memory;
    this.offset = offset;
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = dtype.bytes(shape.elements());
    if (offset < 0 || Math.addExact(offset, bytes) > memory.bytes()) {
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

  public Memory memory() {
    return memory;
  }

  /** Of the first element, in bytes from the start of the memory. */
  public long offset() {
    return offset;
  }

  public DType dtype() {
    return dtype;
  }

  public Shape shape() {
    return shape;
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

  /**
   * The first element as JavaCPP sees it: a {@link FloatPointer} for f32, an {@link IntPointer} for i32, a {@link BytePointer} for u8. The same
   * object at each call. Throws {@link IllegalStateException} when the memory has been closed.
   */
  public Pointer pointer() {
    long address = address();
    Pointer known = pointer;
    if (known == null) {
      known =
          switch (dtype) {
            case F32 -> new FloatPointer(new Address(address));
            case I32 -> new IntPointer(new Address(address));
            case U8 -> new BytePointer(new Address(address));
            default -> new Address(address);
          };
      pointer = known;
    }
    return known;
  }

  public long elements() {
    return shape.elements();
  }

  public long bytes() {
    return bytes;
  }

  /** Elements {@code [first, first + n)} as a flat tensor over the same memory; whole blocks of a block type. */
  public Tensor flat(long first, long n) {
    if (first < 0 || n < 0 || first > elements() - n) {
      throw new IndexOutOfBoundsException("elements [" + first + ", " + (first + n) + ") of a tensor of " + elements());
    }
    return new Tensor(memory, offset + dtype.bytes(first), dtype, Shape.of(n));
  }

  /** The bytes as a buffer in native order; at most 2 GiB. */
  public ByteBuffer buffer() {
    return memory.buffer(offset, bytes()).order(ByteOrder.nativeOrder());
  }

  @Override
  public String toString() {
    return dtype + " " + shape;
  }

  /** A pointer to memory that somebody else owns. */
  private static final class Address extends Pointer {
    Address(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }
}
