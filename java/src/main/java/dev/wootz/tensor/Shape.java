package dev.wootz.tensor;

import java.util.Arrays;

/** The extents of a tensor, row-major; {@code Shape.of()} is a scalar. Immutable. */
public final class Shape {
  private final long[] extents;

  private Shape(long[] extents) {
    this.extents = extents;
  }

  /** Throws {@link IllegalArgumentException} for a negative extent or more elements than a {@code long} counts. */
  public static Shape of(long... extents) {
    long elements = 1;
    for (long extent : extents) {
      if (extent < 0) {
        throw new IllegalArgumentException("negative extent in shape " + Arrays.toString(extents));
      }
      try {
        elements = Math.multiplyExact(elements, extent);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("shape " + Arrays.toString(extents) + " has more than 2^63 - 1 elements", e);
      }
    }
    return new Shape(extents.clone());
  }

  public int rank() {
    return extents.length;
  }

  public long extent(int axis) {
    return extents[axis];
  }

  public long elements() {
    long n = 1;
    for (long extent : extents) {
      n *= extent;
    }
    return n;
  }

  /** Length of the last dimension; 1 for a scalar. A 1-D tensor is one row. */
  public long cols() {
    return extents.length == 0 ? 1 : extents[extents.length - 1];
  }

  /** {@code elements / cols}, 0 for an empty tensor. */
  public long rows() {
    return cols() == 0 ? 0 : elements() / cols();
  }

  /** The same shape with another first extent: a vocabulary of another size. */
  public Shape withRows(long rows) {
    long[] copy = extents.clone();
    copy[0] = rows;
    return of(copy);
  }

  public long[] toArray() {
    return extents.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(extents);
  }

  @Override
  public String toString() {
    return Arrays.toString(extents);
  }
}
