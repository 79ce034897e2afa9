package dev.wootz.merge.lora;

import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The factors while their ranks are not all known: a file with room for the rank that was asked for, of which each factor fills the first
 * part. Keeps them out of memory until the adapter can be laid out. Safe from any number of threads.
 */
final class AdapterDraft implements AutoCloseable {
  private final DType dtype;
  private final CheckpointWriter writer;

  AdapterDraft(Path folder, List<TensorInfo> weights, int rank, DType dtype) {
    this.dtype = dtype;
    List<TensorSpec> room = new ArrayList<>();
    for (TensorInfo weight : weights) {
      long rows = weight.shape().extent(0);
      long cols = weight.shape().extent(1);
      long most = Math.min(rank, Math.min(rows, cols));
      room.add(new TensorSpec(AdapterFolder.a(weight.name()), dtype, Shape.of(most, cols)));
      room.add(new TensorSpec(AdapterFolder.b(weight.name()), dtype, Shape.of(rows, most)));
    }
    this.writer = CheckpointWriter.create(folder, CheckpointWriter.layout(room, Long.MAX_VALUE), Map.of());
  }

  /** Writes a weight's factors; they are then in float32 what has been written. */
  void write(String weight, LowRankFactors factors) {
    write(AdapterFolder.a(weight), factors.a());
    write(AdapterFolder.b(weight), factors.b());
  }

  private void write(String name, Tensor factor) {
    Tensor rounded = LowRankFactors.rounded(factor, dtype);
    try (Memory memory = rounded.memory()) {
      writer.write(name, 0, rounded.buffer());
    }
  }

  /** Ends writing, and reads what has been written. */
  Contents finish() {
    writer.finishShards();
    return new Contents(SafetensorsFile.open(writer.folder().resolve(writer.layout().fileNames().get(0))));
  }

  @Override
  public void close() {
    writer.close();
  }

  /** The factors' bytes, from the first of a tensor on as many as have been written. */
  record Contents(SafetensorsFile file) implements AutoCloseable {
    void read(String name, long byteOffset, ByteBuffer into) {
      file.read(file.tensors().get(name), byteOffset, into);
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
