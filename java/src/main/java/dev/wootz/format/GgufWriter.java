package dev.wootz.format;

import dev.wootz.format.FormatException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * Writes a GGUF file of version 3: the header at once, then the data of tensors in any order and from any number of threads. The file has a
 * hidden name beside its place until {@link #finish}; one that is not finished vanishes with {@link #close}.
 */
public final class GgufWriter implements AutoCloseable {
  private static final int ALIGNMENT = GgufHeader.DEFAULT_ALIGNMENT;

  private final Path target;
  private final Path partial;
  private final PositionalFile file;
  private final Map<String, TensorInfo> places;
  private final long totalBytes;
  private boolean finished;

  private GgufWriter(Path target, Path partial, PositionalFile file, byte[] header, Map<String, TensorInfo> places, long totalBytes) {
    this.target = target;
    this.partial = partial;
    this.file = file;
    this.places = places;
    this.totalBytes = totalBytes;
    file.write(0, ByteBuffer.wrap(header));
    if (totalBytes > header.length) {
      file.write(totalBytes - 1, ByteBuffer.allocate(1));
    }
  }

  /**
   * Opens a file for tensors of known types and shapes.
   *
   * @param metadata without {@code general.alignment}: the alignment is the format's default
   * @param overwrite whether an existing file is replaced when the new one is complete; otherwise {@link FileAlreadyExistsException}
   *     (unchecked)
   */
  public static GgufWriter create(Path target, Map<String, GgufValue> metadata, List<TensorSpec> tensors, boolean overwrite) {
    Path absolute = target.toAbsolutePath().normalize();
    if (Files.exists(absolute) && !(overwrite && Files.isRegularFile(absolute))) {
      throw new UncheckedIOException(new FileAlreadyExistsException(target.toString()));
    }
    Path partial = absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + ".partial");
    Map<String, TensorInfo> places = new LinkedHashMap<>();
    long offset = 0;
    for (TensorSpec tensor : tensors) {
      if (places.put(tensor.name(), new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape(), target, offset, tensor.bytes())) != null) {
        throw new IllegalArgumentException("two tensors " + FormatException.quote(tensor.name()));
      }
      offset = aligned(offset + tensor.bytes());
    }
    byte[] header = header(metadata, places);
    places.replaceAll((name, t) -> new TensorInfo(name, t.dtype(), t.shape(), target, t.offset() + header.length, t.bytes()));
    PositionalFile file = PositionalFile.create(partial);
    try {
      return new GgufWriter(absolute, partial, file, header, places, header.length + offset);
    } catch (Throwable e) {
      file.close();
      try {
        Files.deleteIfExists(partial);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  /** Of the whole file. */
  public long totalBytes() {
    return totalBytes;
  }

  /** Writes the remaining bytes of {@code from} from byte {@code byteOffset} of the tensor on. */
  public void write(String tensor, long byteOffset, ByteBuffer from) {
    TensorInfo place = places.get(tensor);
    if (place == null) {
      throw new IllegalArgumentException("no tensor " + FormatException.quote(tensor) + " in this file");
    }
    if (byteOffset < 0 || byteOffset > place.bytes() - from.remaining()) {
      throw new IndexOutOfBoundsException(
          "bytes [" + byteOffset + ", +" + from.remaining() + ") of tensor " + FormatException.quote(tensor) + ", which has " + place.bytes());
    }
    file.write(place.offset() + byteOffset, from);
  }

  /** Gives the file its name. All tensors have been written. */
  public void finish() {
    file.close();
    try {
      try {
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new FormatException(Reason.WRITE_FAILED, target, null, "cannot give the file its name: " + e.getMessage(), e);
    }
    finished = true;
  }

  /** Removes a file that has not been finished. */
  @Override
  public void close() {
    file.close();
    if (!finished) {
      try {
        Files.deleteIfExists(partial);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static long aligned(long offset) {
    return Math.addExact(offset, (ALIGNMENT - offset % ALIGNMENT) % ALIGNMENT);
  }

  /** With the padding before the data. */
  private static byte[] header(Map<String, GgufValue> metadata, Map<String, TensorInfo> tensors) {
    Sink out = new Sink();
    out.i32(GgufHeader.MAGIC);
    out.i32(3);
    out.i64(tensors.size());
    out.i64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          out.text(key);
          out.i32(value.type().ordinal());
          out.value(value);
        });
    for (TensorInfo tensor : tensors.values()) {
      out.text(tensor.name());
      long[] extents = tensor.shape().toArray();
      out.i32(Math.max(1, extents.length));
      for (int axis = extents.length - 1; axis >= 0; axis--) {
        out.i64(extents[axis]);
      }
      if (extents.length == 0) {
        out.i64(1); // GGUF has no scalars
      }
      out.i32(GgufType.number(tensor.dtype()));
      out.i64(tensor.offset());
    }
    out.align();
    return out.bytes.toByteArray();
  }

  /** Little-endian values one after the other. */
  private static final class Sink {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);

    void i8(long value) {
      bytes.write((int) value);
    }

    void i16(long value) {
      eight.putLong(0, value);
      bytes.write(eight.array(), 0, 2);
    }

    void i32(long value) {
      eight.putLong(0, value);
      bytes.write(eight.array(), 0, 4);
    }

    void i64(long value) {
      eight.putLong(0, value);
      bytes.write(eight.array(), 0, 8);
    }

    void text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      i64(utf8.length);
      bytes.writeBytes(utf8);
    }

    void align() {
      while (bytes.size() % ALIGNMENT != 0) {
        bytes.write(0);
      }
    }

    void value(GgufValue value) {
      if (value.type() == GgufValue.Type.ARRAY) {
        array(value);
      } else {
        scalar(value.type(), value.value());
      }
    }

    private void scalar(GgufValue.Type type, Object value) {
      switch (type) {
        case STRING -> text((String) value);
        case BOOL -> i8((Boolean) value ? 1 : 0);
        case F32 -> i32(Float.floatToRawIntBits(((Number) value).floatValue()));
        case F64 -> i64(Double.doubleToRawLongBits(((Number) value).doubleValue()));
        case ARRAY -> value((GgufValue) value);
        default -> {
          long integer = ((Number) value).longValue();
          switch (type.bytes()) {
            case 1 -> i8(integer);
            case 2 -> i16(integer);
            case 4 -> i32(integer);
            default -> i64(integer);
          }
        }
      }
    }

    private void array(GgufValue array) {
      GgufValue.Type elements = Objects.requireNonNull(array.elements());
      i32(elements.ordinal());
      int n = array.length();
      i64(n);
      for (int i = 0; i < n; i++) {
        Object values = array.value();
        scalar(elements, values instanceof List<?> list ? list.get(i) : Array.get(values, i));
      }
    }
  }
}
