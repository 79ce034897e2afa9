package dev.wootz.merge.pipeline;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;

/** Compares pieces, computed again from the inputs, with a finished checkpoint, byte by byte. */
final class VerifyingSink implements OutputSink {
  private final Checkpoint written;

  VerifyingSink(Checkpoint written) {
    this.written = written;
  }

  @Override
  public void piece(TensorWork work, Tile tile) {
    String tensor = work.task().name();
    Tensor expected = tile.output();
    TensorInfo info = written.tensor(tensor);
    if (info.dtype() != expected.dtype()) {
      throw new MergeException(info.file() + ": tensor " + tensor + " is " + info.dtype() + ", the merge gives " + expected.dtype());
    }
    ByteBuffer found = tile.scratch(DType.U8, expected.bytes()).buffer();
    written.read(info, tile.first() * expected.dtype().bytes(), found.duplicate());
    int at = expected.buffer().mismatch(found);
    if (at >= 0) {
      throw new MergeException(
          info.file() + ": tensor " + tensor + " differs from the merge of its inputs at element "
              + (tile.first() + at / expected.dtype().bytes()));
    }
  }

  @Override
  public void finished(TensorWork work) {}
}
