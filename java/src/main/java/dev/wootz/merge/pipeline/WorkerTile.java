package dev.wootz.merge.pipeline;

import dev.wootz.merge.Tile;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.pipeline.TileGrid.Piece;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tile of one worker thread: its buffers are used again for every tile that the thread handles. */
final class WorkerTile implements Tile, AutoCloseable {
  private final ScratchArena arena = new ScratchArena();
  private final List<Tensor> inputs = new ArrayList<>();
  private Piece piece = new Piece(0, 0, Shape.of(0));
  private @Nullable Tensor output;

  /** Loads the sources; {@code outputType} null when the pass does not write. */
  void load(Piece piece, List<TensorSource> sources, @Nullable DType outputType) {
    arena.reset();
    inputs.clear();
    this.piece = piece;
    for (TensorSource source : sources) {
      Tensor flat = arena.scratch(source.dtype(), piece.shape().elements());
      source.load(piece.first(), flat, arena);
      inputs.add(shaped(flat));
    }
    output = outputType == null ? null : shaped(arena.scratch(outputType, piece.shape().elements()));
  }

  private Tensor shaped(Tensor flat) {
    return new Tensor(flat.memory(), flat.offset(), flat.dtype(), piece.shape());
  }

  @Override
  public int index() {
    return piece.index();
  }

  @Override
  public long first() {
    return piece.first();
  }

  @Override
  public long rows() {
    return piece.shape().rows();
  }

  @Override
  public long cols() {
    return piece.shape().cols();
  }

  @Override
  public Tensor input(int source) {
    return inputs.get(source);
  }

  @Override
  public Tensor output() {
    if (output == null) {
      throw new IllegalStateException("this pass does not write");
    }
    return output;
  }

  @Override
  public Tensor scratch(DType dtype, long elements) {
    return arena.scratch(dtype, elements);
  }

  @Override
  public void close() {
    arena.close();
  }
}
