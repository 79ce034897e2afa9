package dev.wootz.merge.pipeline;

import dev.wootz.format.CheckpointWriter;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;

/** Writes pieces to their place in the output shards and finished tensors into the journal. */
final class WritingSink implements OutputSink {
  private final CheckpointWriter writer;
  private final Journal journal;
  private final TensorChecksums checksums;

  WritingSink(CheckpointWriter writer, Journal journal, TensorChecksums checksums) {
    this.writer = writer;
    this.journal = journal;
    this.checksums = checksums;
  }

  @Override
  public void piece(TensorWork work, Tile tile) {
    String tensor = work.task().name();
    Tensor output = tile.output();
    ByteBuffer bytes = output.buffer();
    long at = tile.first() * output.dtype().bytes();
    checksums.add(tensor, at, bytes.duplicate());
    writer.write(tensor, at, bytes);
  }

  @Override
  public void finished(TensorWork work) {
    String tensor = work.task().name();
    journal.append(tensor, checksums.of(tensor, work.grid().tileElements() * work.task().outputType().bytes()));
  }
}
