package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The data of a file's tensors, read in parts or mapped. Its header has been checked: every tensor lies inside the file. */
final class TensorData implements AutoCloseable {
  private final PositionalFile file;
  private final long bytes;
  private final Map<String, TensorInfo> tensors;
  private @Nullable Memory mapping;
  private boolean closed;

  /**
   * Takes the file over: {@link #close} closes it.
   *
   * @param bytes the file's size when its header was read
   * @param tensors by name, in the order in which they are shown
   */
  TensorData(PositionalFile file, long bytes, Map<String, TensorInfo> tensors) {
    this.file = file;
    this.bytes = bytes;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  Path path() {
    return file.path();
  }

  Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /** Fills the remaining bytes of {@code into} from byte {@code byteOffset} of a tensor on; see {@link SafetensorsFile#read}. */
  void read(TensorInfo tensor, long byteOffset, ByteBuffer into) {
    TensorInfo stored = tensors.get(tensor.name());
    // Fewer rows than stored are a part of the tensor too.
    if (stored == null || !tensor.file().equals(stored.file()) || tensor.offset() != stored.offset() || tensor.bytes() > stored.bytes()) {
      throw new IllegalArgumentException("tensor " + quote(tensor.name()) + " of " + tensor.file() + " is not a tensor of " + path());
    }
    if (byteOffset < 0 || byteOffset > tensor.bytes() - into.remaining()) {
      throw new IndexOutOfBoundsException(
          "bytes [" + byteOffset + ", +" + into.remaining() + ") of tensor " + quote(tensor.name()) + ", which has " + tensor.bytes());
    }
    file.read(tensor.offset() + byteOffset, into, tensor.name());
  }

  /** A view of the mapped file; see {@link SafetensorsFile#map}. */
  Tensor map(String name) {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new FormatException(Reason.TENSOR_MISSING, path(), name, "not in this file, which has " + tensors.size() + " tensors");
    }
    return new Tensor(mapping(), info.offset(), info.dtype(), info.shape());
  }

  private synchronized Memory mapping() {
    if (closed) {
      throw new IllegalStateException(path() + " has been closed");
    }
    if (mapping == null) {
      Memory mapped;
      try {
        mapped = Memory.map(path());
      } catch (IllegalArgumentException e) {
        throw new FormatException(Reason.READ_FAILED, path(), null, "cannot map the file: " + e.getMessage(), e);
      }
      if (mapped.bytes() != bytes) {
        mapped.close();
        throw new FormatException(
            Reason.REPLACED, path(), "found " + mapped.bytes() + " bytes, expected the " + bytes + " that it had when it was opened");
      }
      mapping = mapped;
    }
    return mapping;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (mapping != null) {
      mapping.close();
    }
    file.close();
  }
}
