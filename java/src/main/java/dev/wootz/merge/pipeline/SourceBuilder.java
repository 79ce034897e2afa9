package dev.wootz.merge.pipeline;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.LoraAdapter;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.SourcePlan;
import dev.wootz.merge.plan.TensorPlan;
import dev.wootz.merge.vocabulary.GatheredRows;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens the inputs of a tensor: file, adapter, dtype, rows by token, in this order. */
final class SourceBuilder {
  private final MergePlan plan;
  private final Kernels kernels;

  SourceBuilder(MergePlan plan, Kernels kernels) {
    this.plan = plan;
    this.kernels = kernels;
  }

  /** @param owned gets what must be closed after the tensor */
  List<TensorSource> build(TensorPlan tensor, List<AutoCloseable> owned) {
    List<TensorSource> matrices = new ArrayList<>();
    for (SourcePlan source : tensor.sources()) {
      matrices.add(cast(tensor, withAdapter(source, owned)));
    }
    return inOutputRows(tensor, matrices, owned);
  }

  private TensorSource cast(TensorPlan tensor, TensorSource source) {
    return CastSource.of(source, type(tensor, source.dtype()), kernels);
  }

  /** Puts the rows of embeddings in the order of the output's vocabulary, where there is one. */
  private List<TensorSource> inOutputRows(TensorPlan tensor, List<TensorSource> matrices, List<AutoCloseable> owned) {
    if (tensor.sources().stream().allMatch(source -> source.rows() == null)) {
      return matrices;
    }
    @Nullable TensorSource[] byModel = new TensorSource[plan.models().size()];
    for (SourcePlan lender : tensor.lenders()) {
      byModel[lender.model().index()] = cast(tensor, withAdapter(lender, owned));
    }
    for (int i = 0; i < matrices.size(); i++) {
      byModel[tensor.sources().get(i).model().index()] = matrices.get(i);
    }
    List<TensorSource> gathered = new ArrayList<>();
    for (SourcePlan source : tensor.sources()) {
      gathered.add(new GatheredRows(source.rows(), source.model().index(), Arrays.asList(byModel), kernels, plan.mode()));
    }
    return gathered;
  }

  private TensorSource withAdapter(SourcePlan source, List<AutoCloseable> owned) {
    String label = source.model().label();
    LoraAdapter adapter = source.model().lora();
    Checkpoint checkpoint = source.model().checkpoint();
    TensorSource stored =
        source.replacement() == null
            ? new FileSource(label, checkpoint::read, source.tensor())
            : CastSource.of(new FileSource(label, adapter::read, source.replacement()), source.dtype(), kernels);
    LoraAdapter.Module lora = source.lora();
    if (lora == null) {
      return stored;
    }
    try (ScratchArena arena = new ScratchArena()) {
      Tensor b = factor(label, adapter, lora.b(), arena, owned);
      Tensor a = factor(label, adapter, lora.a(), arena, owned);
      // mergekit rounds the adapted weight to the stored type before it merges; one rounding less is better.
      DType type = plan.mode() == Mode.MERGEKIT ? stored.dtype() : DType.F32;
      return new LoraSource(stored, type, b, a, lora.scale(), kernels);
    }
  }

  private Tensor factor(String label, LoraAdapter adapter, TensorInfo info, Scratch scratch, List<AutoCloseable> owned) {
    Tensor factor = LoraSource.factor(new FileSource(label, adapter::read, info), kernels, scratch);
    owned.add(factor.memory());
    return factor;
  }

  /**
   * The type in which a method gets a source that is stored as {@code stored}: what a mergekit recipe's dtype says; else as it is, if
   * operations compute with it; else float32.
   */
  private DType type(TensorPlan tensor, DType stored) {
    boolean copied = tensor.method().name().equals("passthrough") && tensor.outputType() == stored;
    if (copied || !stored.convertible()) {
      return stored;
    }
    if (plan.mode() == Mode.MERGEKIT && plan.computeType() != null && stored.floating()) {
      return plan.computeType();
    }
    return switch (stored) {
      case F64, F32, F16, BF16 -> stored;
      default -> DType.F32;
    };
  }
}
