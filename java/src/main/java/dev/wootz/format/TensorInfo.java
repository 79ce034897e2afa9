package dev.wootz.format;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.file.Path;

/**
 * Where a tensor's data lies: {@code bytes} bytes from the absolute position {@code offset} of {@code file}, little-endian, row-major,
 * without padding.
 */
public record TensorInfo(String name, DType dtype, Shape shape, Path file, long offset, long bytes) {}
