package dev.wootz.merge.kit;

import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorSpec;
import dev.wootz.model.PublishedShape;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A checkpoint of a published shape whose files are all holes: it costs no disk space and reads as zeros. */
public final class SparseCheckpoint {
  private SparseCheckpoint() {}

  public static Path write(Path folder, PublishedShape shape, DType dtype) {
    List<TensorSpec> tensors = shape.tensors(dtype);
    CheckpointWriter.create(folder, CheckpointWriter.layout(tensors, Long.MAX_VALUE), Map.of()).close();
    JsonFiles.write(folder.resolve("config.json"), shape.config(dtype));
    return folder;
  }
}
