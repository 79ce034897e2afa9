package dev.wootz.model;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.DeviceStream;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearPart;
import dev.wootz.kernel.Weight;
import dev.wootz.model.lora.Adapter;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The products of one adapter as native structs over one workspace: for each input of a layer that several projections share, one call for all
 * A, then one for each B. Its memory is that of t = x A^T, three of them at most at a time.
 */
final class AdapterProducts implements AutoCloseable {
  /** Projections that share an input, at most. */
  private static final int SHARING = 3;

  /** What projections of a layer share. */
  enum Input {
    /** of queries, keys and values */
    ATTENTION,
    /** of the attention's output */
    CONTEXT,
    /** of gate and up */
    MLP,
    /** of down */
    GATED
  }

  /** One projection: where its output is, and whether the adapter has something for it. */
  private record Projection(String name, Tensor out, long width) {}

  /** The products of one input. */
  private record Group(LinearKernels.Parts down, List<LinearKernels.Parts> up, List<Tensor> low, int[] ranks, Tensor x, long width) {}

  private final Backend backend;
  private final Workspace w;
  private final Adapter adapter;
  private final @Nullable Group[][] groups;
  private final List<LinearKernels.Parts> owned = new ArrayList<>();
  private final Memory lowMemory;

  /** The adapter's matrices where the operations find them. */
  private final List<Memory> copies = new ArrayList<>();
  private final int rank;
  private final Tensor scratch;

  AdapterProducts(Adapter adapter, ModelConfig config, Workspace workspace, Backend backend) {
    this.adapter = adapter;
    this.backend = backend;
    this.w = workspace;
    rank = adapter.changed().stream().mapToInt(name -> adapter.product(name).rank()).max().orElse(1);
    long scratchBytes = backend.linear().linearScratch(w.maxTokens, rank);
    long lowBytes = (DType.F32.bytes((long) SHARING * w.maxTokens * rank) + 63) / 64 * 64;
    boolean fits = w.linearScratch.bytes() >= scratchBytes;
    lowMemory = backend.stream().allocate(lowBytes + (fits ? 0 : scratchBytes));
    scratch = fits ? w.linearScratch : new Tensor(lowMemory, lowBytes, DType.U8, Shape.of(scratchBytes));
    groups = new Group[config.layers()][];
    long hidden = config.hidden();
    long queries = (long) config.heads() * config.headDim();
    long keys = (long) config.kvHeads() * config.headDim();
    try {
      for (int i = 0; i < config.layers(); i++) {
        String self = "model.layers." + i + ".self_attn.";
        String mlp = "model.layers." + i + ".mlp.";
        groups[i] = new Group[Input.values().length];
        group(i, Input.ATTENTION, w.normed, hidden,
            new Projection(self + "q_proj", w.queries, queries), new Projection(self + "k_proj", w.keys, keys),
            new Projection(self + "v_proj", w.values, keys));
        group(i, Input.CONTEXT, w.context, queries, new Projection(self + "o_proj", w.hidden, hidden));
        group(i, Input.MLP, w.normed, hidden,
            new Projection(mlp + "gate_proj", w.gate, config.intermediate()), new Projection(mlp + "up_proj", w.up, config.intermediate()));
        group(i, Input.GATED, w.gate, config.intermediate(), new Projection(mlp + "down_proj", w.hidden, hidden));
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private void group(int layer, Input input, Tensor x, long width, Projection... projections) {
    List<LinearPart> down = new ArrayList<>();
    List<LinearKernels.Parts> up = new ArrayList<>();
    List<Tensor> lows = new ArrayList<>();
    List<Integer> ranks = new ArrayList<>();
    for (Projection projection : projections) {
      Adapter.Product product = adapter.product(projection.name() + ".weight");
      if (product != null) {
        long bytes = DType.F32.bytes((long) w.maxTokens * rank);
        Tensor low = new Tensor(lowMemory, lows.size() * bytes, DType.F32, Shape.of(w.maxTokens, product.rank()));
        lows.add(low);
        ranks.add(product.rank());
        down.add(new LinearPart(Weight.of(resident(product.a())), low));
        LinearKernels.Parts part =
            backend.linear().parts(List.of(new LinearPart(Weight.of(resident(product.b())), null, projection.out(), projection.width(), true)));
        owned.add(part);
        up.add(part);
      }
    }
    if (!down.isEmpty()) {
      LinearKernels.Parts all = backend.linear().parts(down);
      owned.add(all);
      groups[layer][input.ordinal()] = new Group(all, up, lows, ranks.stream().mapToInt(r -> r).toArray(), x, width);
    }
  }

  private Tensor resident(Tensor matrix) {
    DeviceStream stream = backend.stream();
    if (stream.onHost()) {
      return matrix;
    }
    Memory copy = stream.allocate(matrix.bytes());
    copies.add(copy);
    Tensor there = new Tensor(copy, 0, matrix.dtype(), matrix.shape());
    stream.copy(there, matrix, matrix.bytes());
    return there;
  }

  /** Adds the adapter's products to the outputs of the projections that share this input, for rows {@code [first, first + rows)}. */
  void add(int layer, Input input, int first, int rows) {
    Group group = groups[layer][input.ordinal()];
    if (group == null) {
      return;
    }
    backend.linear().linear(group.down, group.x, group.width, first, rows, w.linearScratch, backend.pool());
    for (int i = 0; i < group.ranks.length; i++) {
      backend.linear().linear(group.up.get(i), group.low.get(i), group.ranks[i], first, rows, scratch, backend.pool());
    }
  }

  Adapter adapter() {
    return adapter;
  }

  @Override
  public void close() {
    owned.forEach(LinearKernels.Parts::close);
    owned.clear();
    lowMemory.close();
    copies.forEach(Memory::close);
    copies.clear();
  }
}
