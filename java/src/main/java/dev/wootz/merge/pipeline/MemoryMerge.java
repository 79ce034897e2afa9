package dev.wootz.merge.pipeline;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.DrawStream;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.MergeMethod.Tiling;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Runs a method over tensors in memory: the pipeline of a whole merge with one tensor in it. */
public final class MemoryMerge {
  private MemoryMerge() {}

  /**
   * @param sources the models' tensors, and the base's
   * @param base source number, -1 for none
   * @param out of the sources' shape; written tile by tile, so it may not lie in a source's memory
   */
  public static void run(
      String name,
      MergeMethod method,
      List<Tensor> sources,
      List<ModelInput> models,
      int base,
      Parameters parameters,
      Tensor out,
      long seed,
      int threads,
      Consumer<String> warn) {
    List<DType> types = sources.stream().map(Tensor::dtype).toList();
    boolean narrow = out.dtype().bytes() == 2 && types.stream().allMatch(type -> type.bytes() == 2);
    TensorTask uncut =
        new TensorTask(
            name,
            out.shape(),
            out.dtype(),
            types,
            models,
            base,
            parameters,
            Mode.WOOTZ,
            narrow ? Arithmetic.F32 : Arithmetic.F64,
            seed,
            CpuKernels.get(),
            0,
            DrawStream.NONE,
            warn);
    TileGrid grid = TileGrid.of(out.shape(), false, method.tiling(uncut) == Tiling.ROWS);
    TensorTask task = uncut.withTiles(grid.count());
    List<TensorSource> inputs =
        IntStream.range(0, sources.size())
            .<TensorSource>mapToObj(i -> new MemorySource("source " + i, sources.get(i)))
            .toList();
    TensorWork work = new TensorWork(task, method, inputs, grid, List.of());
    new TensorPipeline(List.of(() -> work), new Into(out), new Silent(), false).run(threads);
  }

  private record Into(Tensor out) implements OutputSink {
    @Override
    public void piece(TensorWork work, Tile tile) {
      out.flat(tile.first(), tile.elements()).buffer().put(tile.output().buffer());
    }

    @Override
    public void finished(TensorWork work) {}
  }

  private static final class Silent implements TensorPipeline.Progress {
    @Override
    public void tileDone(TensorWork work, boolean wrote, long elements) {}

    @Override
    public void tensorDone(TensorWork work) {}
  }
}
