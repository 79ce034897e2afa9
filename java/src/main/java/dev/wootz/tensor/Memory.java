package dev.wootz.tensor;

import dev.wootz.bindings.global.wootz;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Native memory with one owner. {@link #close()} frees it at once; nothing waits for the garbage collector, and a closed object throws
 * {@link IllegalStateException} instead of crashing. Not to be closed while another thread uses it.
 */
public final class Memory implements AutoCloseable {
  private final long bytes;
  private final boolean mapped;
  private long address;

  private Memory(long address, long bytes, boolean mapped) {
    this.address = address;
    this.bytes = bytes;
    this.mapped = mapped;
  }

  /** Uninitialised memory, aligned to 64 bytes. Throws {@link OutOfMemoryError} when the system has no more. */
  public static Memory allocate(long bytes) {
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      if (wootz.wz_memory_allocate(bytes, result) != wootz.WZ_OK) {
        throw new OutOfMemoryError(wootz.wz_last_error().getString());
      }
      return new Memory(result.get(0).address(), bytes, false);
    }
  }

  /**
   * A whole file, mapped for reading. The file must not be truncated while it is mapped: the system ends a process that touches pages
   * that are gone. Read untrusted or changing files through a channel instead.
   */
  public static Memory map(Path file) {
    try (PointerPointer<Pointer> result = new PointerPointer<>(1);
        BytePointer path = new BytePointer(file.toAbsolutePath().toString())) {
      long[] size = new long[1];
      if (wootz.wz_file_map(path, result, size) != wootz.WZ_OK) {
        throw new IllegalArgumentException(wootz.wz_last_error().getString());
      }
      return new Memory(size[0] == 0 ? 0 : result.get(0).address(), size[0], true);
    }
  }

  public long bytes() {
    return bytes;
  }

  public long address() {
    if (address == 0 && bytes > 0) {
      throw new IllegalStateException("this memory has been closed");
    }
    return address;
  }

  /** Bytes {@code [offset, offset + length)} as a direct buffer, {@code length} at most 2 GiB - 1. */
  public ByteBuffer buffer(long offset, long length) {
    if (offset < 0 || length < 0 || offset > bytes - length) {
      throw new IndexOutOfBoundsException("bytes [" + offset + ", " + (offset + length) + ") of " + bytes);
    }
    if (length == 0) {
      return ByteBuffer.allocateDirect(0);
    }
    ByteBuffer buffer = new Address(address() + offset, length).asByteBuffer();
    return mapped ? buffer.asReadOnlyBuffer() : buffer;
  }

  @Override
  public void close() {
    if (address != 0) {
      Pointer pointer = new Address(address, bytes);
      address = 0;
      if (mapped) {
        wootz.wz_file_unmap(pointer, bytes);
      } else {
        wootz.wz_memory_free(pointer);
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
