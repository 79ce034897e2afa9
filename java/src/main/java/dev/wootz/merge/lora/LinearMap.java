package dev.wootz.merge.lora;

/** A matrix D, [rows, cols], of which only its products with tall matrices are asked for. */
interface LinearMap {
  int rows();

  int cols();

  /** D x, x [cols, k]. */
  Columns times(Columns x);

  /** Dᵀ y, y [rows, k]. */
  Columns transposedTimes(Columns y);
}
