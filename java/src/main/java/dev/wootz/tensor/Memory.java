package dev.wootz.tensor;

import dev.wootz.bindings.global.wootz;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * Native memory with one owner: the computer's, or that of a device, which only the device's operations can read. {@link #close()} frees it at
 * once; nothing waits for the garbage collector, and a closed object throws {@link IllegalStateException} instead of crashing. Not to be closed
 * while another thread uses it.
 */
public final class Memory implements AutoCloseable {
  private enum Owner {
    THIS,
    MAPPING,
    BUFFER,
    OTHER
  }

  /** The {@link #device()} of memory that the processor reads and writes. */
  public static final int HOST = -1;

  /** Frees memory that another library allocated. */
  @FunctionalInterface
  public interface Release {
    void free(long address);
  }

  private static final AtomicLong LIVE = new AtomicLong();

  private final long bytes;
  private final Owner owner;
  private final int device;
  private final @Nullable Release release;
  private long address;

  /** Keeps the memory that a buffer owns alive. */
  private @Nullable ByteBuffer buffer;

  private Memory(long address, long bytes, Owner owner) {
    this(address, bytes, owner, HOST, null);
  }

  private Memory(long address, long bytes, Owner owner, int device, @Nullable Release release) {
    this.address = address;
    this.bytes = bytes;
    this.owner = owner;
    this.device = device;
    this.release = release;
    if (owner != Owner.BUFFER) {
      LIVE.addAndGet(bytes);
    }
  }

  /** Bytes of all memory of this process that was allocated or mapped here and has not been closed. */
  public static long liveBytes() {
    return LIVE.get();
  }

  /** Uninitialised memory, aligned to 64 bytes. Throws {@link OutOfMemoryError} when the system has no more. */
  public static Memory allocate(long bytes) {
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      if (wootz.wz_memory_allocate(bytes, result) != wootz.WZ_OK) {
        throw new OutOfMemoryError(wootz.wz_last_error().getString());
      }
      return new Memory(result.get(0).address(), bytes, Owner.THIS);
    }
  }

  /**
   * A whole file, mapped for reading. The file must not be truncated while it is mapped: the system ends a process that touches pages
   * that are gone. Read untrusted or changing files through a channel instead.
   */
  public static Memory map(Path file) {
    // With a long[] for the size, Java would pick the overload that moves the pointer itself instead of filling what it points to.
    try (PointerPointer<Pointer> result = new PointerPointer<>(1);
        LongPointer size = new LongPointer(1);
        BytePointer path = new BytePointer(file.toAbsolutePath().toString(), StandardCharsets.UTF_8)) {
      if (wootz.wz_file_map(path, result, size) != wootz.WZ_OK) {
        throw new IllegalArgumentException(wootz.wz_last_error().getString());
      }
      return new Memory(size.get() == 0 ? 0 : result.get(0).address(), size.get(), Owner.MAPPING);
    }
  }

  /**
   * The remaining bytes of a direct buffer, without copying. Closing ends the use of the memory but does not free it. Throws {@link
   * IllegalArgumentException} for a buffer on the Java heap or a read-only one.
   */
  public static Memory wrap(ByteBuffer buffer) {
    if (!buffer.isDirect() || buffer.isReadOnly()) {
      throw new IllegalArgumentException("expected a writable direct buffer, found " + buffer);
    }
    long start = buffer.remaining() == 0 ? 0 : new BytePointer(buffer.slice()).address();
    Memory memory = new Memory(start, buffer.remaining(), Owner.BUFFER);
    memory.buffer = buffer;
    return memory;
  }

  /**
   * Memory that another library allocated, owned from now on.
   *
   * @param device the number of the CUDA device that it lies on, or {@link #HOST}
   * @param release is called once, by {@link #close()}
   */
  public static Memory owned(long address, long bytes, int device, Release release) {
    return new Memory(address, bytes, Owner.OTHER, device, release);
  }

  public long bytes() {
    return bytes;
  }

  /** The number of the CUDA device that this memory lies on, or {@link #HOST}. */
  public int device() {
    return device;
  }

  public long address() {
    if (address == 0 && bytes > 0) {
      throw new IllegalStateException("this memory has been closed");
    }
    return address;
  }

  /**
   * Bytes {@code [offset, offset + length)} as a direct buffer, {@code length} at most 2 GiB - 1. Throws {@link IllegalStateException} for memory of a
   * device.
   */
  public ByteBuffer buffer(long offset, long length) {
    if (device != HOST) {
      throw new IllegalStateException("this memory is on CUDA device " + device + ", where Java cannot read it: expected a copy on the host");
    }
    if (offset < 0 || length < 0 || offset > bytes - length) {
      throw new IndexOutOfBoundsException("bytes [" + offset + ", " + (offset + length) + ") of " + bytes);
    }
    if (length == 0) {
      return ByteBuffer.allocateDirect(0);
    }
    ByteBuffer view = new Address(address() + offset, length).asByteBuffer();
    return owner == Owner.MAPPING ? view.asReadOnlyBuffer() : view;
  }

  @Override
  public void close() {
    if (address != 0) {
      Pointer pointer = new Address(address, bytes);
      final long freed = address;
      address = 0;
      buffer = null;
      if (owner != Owner.BUFFER) {
        LIVE.addAndGet(-bytes);
      }
      switch (owner) {
        case THIS -> wootz.wz_memory_free(pointer);
        case MAPPING -> wootz.wz_file_unmap(pointer, bytes);
        case BUFFER -> {}
        case OTHER -> release.free(freed);
      }
    }
  }

  /** A pointer to a raw address, without an owner. */
  private static final class Address extends BytePointer {
    Address(long address, long length) {
      super((Pointer) null);
      this.address = address;
      this.capacity = length;
      this.limit = length;
    }
  }
}
