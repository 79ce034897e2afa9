package dev.wootz.format;

import dev.wootz.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tensors that lie in memory as one safetensors file: it appears under its name when it is whole. */
public final class TensorFile {
  private static final int PIECE = 1 << 20;

  private TensorFile() {}

  /** In the map's order. Throws {@link FormatException} (DISK_FULL, WRITE_FAILED). */
  public static void write(Path file, Map<String, Tensor> tensors) {
    List<TensorSpec> specs = new ArrayList<>();
    tensors.forEach((name, tensor) -> specs.add(new TensorSpec(name, tensor.dtype(), tensor.shape())));
    byte[] header = HeaderWriter.header(specs, Map.of());
    AtomicFiles.replace(
        file,
        out -> {
          out.write(header);
          for (Tensor tensor : tensors.values()) {
            write(out, tensor);
          }
        });
  }

  private static void write(OutputStream out, Tensor tensor) throws IOException {
    byte[] piece = new byte[PIECE];
    for (long at = 0; at < tensor.bytes(); at += PIECE) {
      int length = (int) Math.min(PIECE, tensor.bytes() - at);
      ByteBuffer from = tensor.memory().buffer(tensor.offset() + at, length);
      from.get(piece, 0, length);
      out.write(piece, 0, length);
    }
  }
}
