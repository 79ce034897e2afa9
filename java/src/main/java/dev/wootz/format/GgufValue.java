package dev.wootz.format;

import java.lang.reflect.Array;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A metadata value with its type in the file.
 *
 * @param elements the type of an array's elements, null for everything else
 * @param value Long for all integers (a u64 as its 64 bits), Float, Double, Boolean, String; arrays: int[] for i8, u8, i16, u16 and i32,
 *     long[] for u32, i64 and u64, float[], double[], boolean[], and lists of String or of GgufValue (arrays of arrays)
 */
public record GgufValue(Type type, @Nullable Type elements, Object value) {
  /** Value types, in the order of their numbers in the file. */
  public enum Type {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    U64(8),
    I64(8),
    F64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** The bytes of a value; the least number of them for strings and arrays. */
    int bytes() {
      return bytes;
    }

    boolean integer() {
      return switch (this) {
        case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
        default -> false;
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static GgufValue scalar(Type type, Object value) {
    return new GgufValue(type, null, value);
  }

  private static GgufValue array(Type elements, Object value) {
    return new GgufValue(Type.ARRAY, elements, value);
  }

  public static GgufValue string(String value) {
    return scalar(Type.STRING, value);
  }

  /** An unsigned 32-bit integer: GGUF's type for counts and sizes. */
  public static GgufValue u32(long value) {
    if (value < 0 || value > 0xffff_ffffL) {
      throw new IllegalArgumentException(value + " is not an unsigned 32-bit integer");
    }
    return scalar(Type.U32, value);
  }

  public static GgufValue f32(double value) {
    return scalar(Type.F32, (float) value);
  }

  public static GgufValue bool(boolean value) {
    return scalar(Type.BOOL, value);
  }

  public static GgufValue strings(List<String> values) {
    return array(Type.STRING, List.copyOf(values));
  }

  public static GgufValue f32s(float... values) {
    return array(Type.F32, values.clone());
  }

  public static GgufValue i32s(int... values) {
    return array(Type.I32, values.clone());
  }

  /** The number of an array's elements. */
  int length() {
    Object array = value;
    return array instanceof List<?> list ? list.size() : Array.getLength(array);
  }

  /** {@code "u32"}, {@code "array of string"}. */
  String typeName() {
    return elements == null ? type.toString() : type + " of " + elements;
  }
}
