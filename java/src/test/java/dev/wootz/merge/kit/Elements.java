package dev.wootz.merge.kit;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Elements of tensors as float arrays: conversions in plain Java, rounded to nearest, ties to even. */
public final class Elements {
  private Elements() {}

  /** A tensor over new memory, which the caller closes ({@code tensor.memory().close()}). */
  public static Tensor tensor(DType type, Shape shape, float[] values) {
    if (values.length != shape.elements()) {
      throw new IllegalArgumentException(values.length + " values for shape " + shape);
    }
    Memory memory = Memory.allocate(Math.max(64, (long) values.length * type.bytes()));
    Tensor tensor = new Tensor(memory, 0, type, shape);
    ByteBuffer buffer = tensor.buffer();
    for (float value : values) {
      put(buffer, type, value);
    }
    return tensor;
  }

  public static float[] floats(Tensor tensor) {
    return floats(tensor.dtype(), tensor.buffer(), Math.toIntExact(tensor.elements()));
  }

  /** {@code n} little-endian elements from the buffer's position on. */
  public static float[] floats(DType type, ByteBuffer buffer, int n) {
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] =
          switch (type) {
            case F32 -> buffer.getFloat();
            case F64 -> (float) buffer.getDouble();
            case BF16 -> Float.intBitsToFloat(buffer.getShort() << 16);
            case F16 -> halfToFloat(buffer.getShort());
            default -> throw new IllegalArgumentException(type + " elements");
          };
    }
    return values;
  }

  /** Each value rounded to the type. */
  public static float[] rounded(DType type, float[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = round(type, values[i]);
    }
    return result;
  }

  /** A float64 value rounded once to the type. */
  public static float round(DType type, double value) {
    return switch (type) {
      case F32 -> (float) value;
      case BF16 -> roundTo(value, 8, -126);
      case F16 -> Math.abs(value) >= 65520 ? (float) (Math.signum(value) * Double.POSITIVE_INFINITY) : roundTo(value, 11, -14);
      default -> throw new IllegalArgumentException(type + " elements");
    };
  }

  /** Distance between a value of the type and the next one of larger magnitude. */
  public static double ulp(DType type, double value) {
    int precision =
        switch (type) {
          case F32 -> 24;
          case BF16 -> 8;
          case F16 -> 11;
          default -> throw new IllegalArgumentException(type + " elements");
        };
    int smallest = type == DType.F16 ? -14 : -126;
    int exponent = value == 0 ? smallest : Math.max(Math.getExponent(value), smallest);
    return Math.scalb(1.0, exponent - precision + 1);
  }

  private static float roundTo(double value, int precision, int smallestExponent) {
    if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
      return (float) value;
    }
    double unit = Math.scalb(1.0, Math.max(Math.getExponent(value), smallestExponent) - precision + 1);
    return (float) (Math.rint(value / unit) * unit);
  }

  private static void put(ByteBuffer buffer, DType type, float value) {
    switch (type) {
      case F32 -> buffer.putFloat(value);
      case F64 -> buffer.putDouble(value);
      case BF16 -> buffer.putShort((short) (Float.floatToRawIntBits(Float.isNaN(value) ? value : round(DType.BF16, value)) >>> 16));
      case F16 -> buffer.putShort(floatToHalf(round(DType.F16, value)));
      default -> throw new IllegalArgumentException(type + " elements");
    }
  }

  private static float halfToFloat(short half) {
    int exponent = half >> 10 & 0x1F;
    int fraction = half & 0x3FF;
    double magnitude =
        switch (exponent) {
          case 0 -> Math.scalb((double) fraction, -24);
          case 31 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
          default -> Math.scalb((double) (fraction | 0x400), exponent - 25);
        };
    return (float) (half < 0 ? -magnitude : magnitude);
  }

  /** Of a value that binary16 can represent. */
  private static short floatToHalf(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7E00);
    }
    if (Float.isInfinite(value)) {
      return (short) (sign | 0x7C00);
    }
    if (magnitude < 0x1p-14f) {
      return (short) (sign | (int) Math.scalb(magnitude, 24));
    }
    int exponent = Math.getExponent(magnitude);
    int fraction = (int) Math.scalb(magnitude, 10 - exponent) & 0x3FF;
    return (short) (sign | exponent + 15 << 10 | fraction);
  }
}
