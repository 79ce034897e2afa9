package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The header of a GGUF file, checked:
 *
 * <pre>
 *   4 bytes   GGUF
 *   u32       version, 2 or 3
 *   u64 u64   number of tensors, number of keys
 *   keys      name, value type, value; see {@link GgufValue}
 *   tensors   name, number of dimensions, dimensions (the fastest first), element type, offset
 *   padding   up to a multiple of general.alignment (32 where it is not set)
 *   data      offsets count from its first byte
 * </pre>
 *
 * <p>Text is a u64 length and UTF-8. Data of tensors may stand in any order and have gaps; it neither overlaps nor leaves the file.
 *
 * @param version 2 or 3, which differ only in what big-endian machines write
 * @param tensors in the order of the file, with absolute offsets
 */
record GgufHeader(int version, GgufMetadata metadata, Map<String, TensorInfo> tensors) {
  static final int MAGIC = 0x46554747;
  static final String ALIGNMENT = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_ELEMENTS = 1 << 27;
  private static final int MAX_NESTING = 4;

  static GgufHeader parse(Path file, GgufSource source) {
    refuseOthers(file, source);
    int version = version(source);
    source.reading("the number of tensors");
    // name, dimensions, type, offset; an empty key and one byte
    int tensorCount = source.count("tensors", 8 + 4 + 8 + 4 + 8, Integer.MAX_VALUE);
    source.reading("the number of keys");
    int keyCount = source.count("keys", 8 + 4 + 1, Integer.MAX_VALUE);
    Map<String, GgufValue> values = new LinkedHashMap<>();
    for (int i = 0; i < keyCount; i++) {
      source.reading("key " + i);
      String key = source.key();
      source.reading("key " + quote(key));
      if (values.put(key, value(source, valueType(source), 0)) != null) {
        throw source.failure(Reason.DUPLICATE_KEY, "found twice, expected once");
      }
    }
    int alignment = alignment(source, values.get(ALIGNMENT));
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (int i = 0; i < tensorCount; i++) {
      TensorInfo tensor = tensor(file, source, i, alignment);
      if (tensors.put(tensor.name(), tensor) != null) {
        throw new FormatException(Reason.DUPLICATE_KEY, file, tensor.name(), "found twice, expected once");
      }
    }
    long end = source.position();
    long dataStart = end + (alignment - end % alignment) % alignment;
    tensors.replaceAll((name, t) -> new TensorInfo(name, t.dtype(), t.shape(), file, t.offset() + dataStart, t.bytes()));
    requireApart(file, tensors.values(), source.size());
    return new GgufHeader(version, new GgufMetadata(file, values), tensors);
  }

  private static void refuseOthers(Path file, GgufSource source) {
    if (source.size() < 4) {
      throw new FormatException(Reason.FILE_TOO_SHORT, file, "found a file of " + source.size() + " bytes, expected a GGUF file");
    }
    int magic = source.i32();
    if (magic != MAGIC) {
      byte[] start = {(byte) magic, (byte) (magic >> 8), (byte) (magic >> 16), (byte) (magic >> 24)};
      String text = new String(start, StandardCharsets.ISO_8859_1);
      if (text.equals("vers")) {
        throw new FormatException(
            Reason.GIT_LFS_POINTER, file, "found a Git LFS pointer, expected the GGUF file that it stands for: run 'git lfs pull' in its folder");
      }
      if (text.startsWith("<")) {
        throw new FormatException(
            Reason.HTML_PAGE, file, "found an HTML page, expected a GGUF file: the download was answered with a web page");
      }
      throw new FormatException(Reason.GGUF_MAGIC, file, "found a file that starts with " + quote(text) + ", expected \"GGUF\"");
    }
  }

  private static int version(GgufSource source) {
    source.reading("the version");
    int version = source.i32();
    if (version == 2 || version == 3) {
      return version;
    }
    int swapped = Integer.reverseBytes(version);
    if (swapped >= 1 && swapped <= 3) {
      throw source.failure(Reason.GGUF_BIG_ENDIAN, "found a GGUF file for big-endian machines, expected a little-endian one");
    }
    throw source.failure(
        Reason.GGUF_VERSION,
        "found GGUF version " + Integer.toUnsignedString(version) + ", expected 2 or 3"
            + (version == 1 ? ": convert the model again, version 1 was given up in 2023" : ""));
  }

  private static GgufValue.Type valueType(GgufSource source) {
    int number = source.i32();
    GgufValue.Type[] types = GgufValue.Type.values();
    if (number < 0 || number >= types.length) {
      throw source.failure(
          Reason.GGUF_VALUE_TYPE, "found value type " + Integer.toUnsignedString(number) + ", expected one from 0 to " + (types.length - 1));
    }
    return types[number];
  }

  private static GgufValue value(GgufSource source, GgufValue.Type type, int depth) {
    if (type == GgufValue.Type.ARRAY) {
      GgufValue.Type elements = valueType(source);
      return new GgufValue(type, elements, array(source, elements, depth));
    }
    Object value =
        switch (type) {
          case U8 -> (long) source.u8();
          case I8 -> (long) source.i8();
          case U16 -> (long) source.u16();
          case I16 -> (long) source.i16();
          case U32 -> source.u32();
          case I32 -> (long) source.i32();
          case U64, I64 -> source.i64();
          case F32 -> source.f32();
          case F64 -> source.f64();
          case BOOL -> source.bool();
          case STRING, ARRAY -> source.string();
        };
    return new GgufValue(type, null, value);
  }

  private static Object array(GgufSource source, GgufValue.Type elements, int depth) {
    int n = source.count("array elements of type " + elements, elements.bytes(), MAX_ELEMENTS);
    return switch (elements) {
      case U8 -> fill(new int[n], source::u8);
      case I8 -> fill(new int[n], source::i8);
      case U16 -> fill(new int[n], source::u16);
      case I16 -> fill(new int[n], source::i16);
      case I32 -> fill(new int[n], source::i32);
      case U32 -> fill(new long[n], source::u32);
      case U64, I64 -> fill(new long[n], source::i64);
      case F32 -> {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
          values[i] = source.f32();
        }
        yield values;
      }
      case F64 -> {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
          values[i] = source.f64();
        }
        yield values;
      }
      case BOOL -> {
        boolean[] values = new boolean[n];
        for (int i = 0; i < n; i++) {
          values[i] = source.bool();
        }
        yield values;
      }
      case STRING -> {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          values.add(source.string());
        }
        yield List.copyOf(values);
      }
      case ARRAY -> {
        if (depth == MAX_NESTING) {
          throw source.failure(Reason.GGUF_NESTING, "found arrays nested deeper than " + MAX_NESTING + ", expected less");
        }
        List<GgufValue> values = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          values.add(value(source, elements, depth + 1));
        }
        yield List.copyOf(values);
      }
    };
  }

  private static int[] fill(int[] values, IntSupplier next) {
    Arrays.setAll(values, i -> next.getAsInt());
    return values;
  }

  private static long[] fill(long[] values, LongSupplier next) {
    Arrays.setAll(values, i -> next.getAsLong());
    return values;
  }

  private static int alignment(GgufSource source, @Nullable GgufValue value) {
    if (value == null) {
      return DEFAULT_ALIGNMENT;
    }
    source.reading("key " + quote(ALIGNMENT));
    boolean integer = value.type().integer();
    long alignment = integer ? (Long) value.value() : 0;
    // A multiple of 8 is what the specification asks for, a power of two what every reader needs.
    if (alignment < 8 || alignment > 1 << 30 || Long.bitCount(alignment) != 1) {
      throw source.failure(
          Reason.GGUF_ALIGNMENT,
          "found " + (integer ? Long.toUnsignedString(alignment) : "a value of type " + value.typeName())
              + ", expected a power of two from 8 to 2^30");
    }
    return (int) alignment;
  }

  /** The entry of one tensor; its offset counts from the first byte of the data. */
  private static TensorInfo tensor(Path file, GgufSource source, int index, int alignment) {
    source.reading("tensor " + index);
    String name = source.key();
    source.reading("tensor " + quote(name));
    long rank = source.u32();
    if (rank < 1 || rank > MAX_DIMENSIONS) {
      throw new FormatException(
          Reason.GGUF_RANK, file, name, "found " + rank + " dimensions, expected from 1 to " + MAX_DIMENSIONS);
    }
    // The file begins with the extent that changes fastest, a shape ends with it.
    long[] extents = new long[(int) rank];
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      extents[axis] = source.i64();
      if (extents[axis] < 0) {
        throw new FormatException(
            Reason.SHAPE_OVERFLOW,
            file,
            name,
            "found an extent of " + Long.toUnsignedString(extents[axis]) + ", expected fewer than 2^63 elements");
      }
    }
    int number = source.i32();
    DType type = GgufType.of(number).orElseThrow(() -> unknownType(file, name, number));
    if (extents[extents.length - 1] % type.blockElements() != 0) {
      throw new FormatException(
          Reason.GGUF_BLOCKS,
          file,
          name,
          "found rows of " + extents[extents.length - 1] + " elements, expected whole blocks of " + type.blockElements() + " for " + type);
    }
    long offset = source.i64();
    Shape shape;
    long bytes;
    try {
      shape = Shape.of(extents);
      bytes = type.bytes(shape.elements());
      Math.addExact(bytes, Math.addExact(Math.abs(offset), source.size() + alignment));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new FormatException(
          Reason.SHAPE_OVERFLOW,
          file,
          name,
          "found " + type + " " + Arrays.toString(extents) + " at offset " + Long.toUnsignedString(offset)
              + ", expected data whose bytes 63 bits count",
          e);
    }
    if (offset < 0 || offset % alignment != 0) {
      throw new FormatException(
          Reason.GGUF_ALIGNMENT,
          file,
          name,
          "found offset " + Long.toUnsignedString(offset) + ", expected a multiple of the alignment " + alignment);
    }
    return new TensorInfo(name, type, shape, file, offset, bytes);
  }

  private static FormatException unknownType(Path file, String tensor, int number) {
    String shown = Integer.toUnsignedString(number);
    return GgufType.nameOf(number)
        .map(name -> new FormatException(Reason.UNSUPPORTED_DTYPE, file, tensor, "found element type " + shown + " (" + name + "), "
            + "expected a type that Wootz reads: F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q6_K, IQ4_NL, IQ4_XS, TQ1_0, TQ2_0 or MXFP4"))
        .orElseGet(() -> new FormatException(Reason.UNKNOWN_DTYPE, file, tensor, "found element type " + shown
            + ", which GGUF did not define when this version of Wootz was made"));
  }

  /** No tensor leaves the file, no byte belongs to two of them. */
  private static void requireApart(Path file, Iterable<TensorInfo> tensors, long fileBytes) {
    List<TensorInfo> sorted = new ArrayList<>();
    tensors.forEach(sorted::add);
    sorted.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
    TensorInfo previous = null;
    for (TensorInfo tensor : sorted) {
      long end = tensor.offset() + tensor.bytes();
      if (tensor.bytes() > 0 && end > fileBytes) {
        throw new FormatException(
            Reason.TRUNCATED,
            file,
            tensor.name(),
            "found its data at bytes [" + tensor.offset() + ", " + end + ") of a file of " + fileBytes
                + ": an unfinished download or copy?");
      }
      if (previous != null && tensor.offset() < previous.offset() + previous.bytes()) {
        throw new FormatException(
            Reason.OVERLAP,
            file,
            tensor.name(),
            "found its data at byte " + tensor.offset() + ", inside that of tensor " + quote(previous.name()) + ", which ends at "
                + (previous.offset() + previous.bytes()));
      }
      previous = tensor;
    }
  }
}
