package dev.wootz.model;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearPart;
import dev.wootz.kernel.Weight;
import dev.wootz.model.ModelConfig.Experts;
import dev.wootz.model.Workspace.ExpertTensors;
import dev.wootz.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A mixture of gated MLPs with a residual:
 *
 * <pre>
 *   n = RMSNorm(x)
 *   p = softmax(n Wr^T), E = the k most probable experts, g = p on E (divided by its sum where the model normalizes)
 *   x += sum over e in E of g_e (silu(n Wg_e^T) * (n Wu_e^T)) Wd_e^T
 * </pre>
 *
 * Shazeer et al., 2017; Qwen3 Technical Report, 2025.
 */
final class ExpertMlp implements Mlp {
  private final ModelConfig config;
  private final Experts experts;
  private final Backend backend;
  private final Workspace w;
  private final ExpertTensors e;
  private final int layer;
  private final Probe probe;
  private final Tensor norm;
  private final LinearKernels.Parts router;
  private final LinearKernels.Experts gate;
  private final LinearKernels.Experts up;
  private final LinearKernels.Experts down;

  ExpertMlp(Binding b, int layer) {
    this.config = b.config();
    this.experts = Objects.requireNonNull(config.experts());
    this.backend = b.backend();
    this.w = b.workspace();
    this.e = Objects.requireNonNull(w.experts);
    this.layer = layer;
    this.probe = b.probe();
    String prefix = "model.layers." + layer + ".";
    norm = b.weights().vector(prefix + "post_attention_layernorm.weight", config.hidden());
    Weight route = b.weights().matrix(prefix + "mlp.gate.weight", experts.count(), config.hidden());
    router = backend.linear().parts(List.of(new LinearPart(route, e.router)));
    gate = projection(b.weights(), prefix, "gate_proj", experts.intermediate(), config.hidden());
    up = projection(b.weights(), prefix, "up_proj", experts.intermediate(), config.hidden());
    down = projection(b.weights(), prefix, "down_proj", config.hidden(), experts.intermediate());
  }

  private LinearKernels.Experts projection(Weights weights, String prefix, String name, long rows, long cols) {
    List<Weight> matrices =
        IntStream.range(0, experts.count())
            .mapToObj(i -> weights.matrix(prefix + "mlp.experts." + i + "." + name + ".weight", rows, cols))
            .toList();
    return backend.linear().experts(matrices);
  }

  @Override
  public void forward(Step step, int rows) {
    int assignments = rows * experts.perToken();
    backend.transformer().rmsNorm(w.normed, w.hidden, null, norm, config.normEpsilon(), rows, backend.pool());
    probe.see("post_norm", layer, w.normed, rows, config.hidden());
    backend.linear().linear(router, w.normed, config.hidden(), rows, w.linearScratch, backend.pool());
    backend.transformer().moeRoute(e.expert, e.weight, e.router, rows, experts.count(), experts.perToken(), experts.normalize());
    backend.transformer().moeSort(e.begin, e.rowOf, e.place, e.expert, rows, experts.count(), experts.perToken());
    backend.linear().linearGrouped(e.gate, gate, e.begin, e.rowOf, w.normed, rows, assignments, w.linearScratch, backend.pool());
    backend.linear().linearGrouped(e.up, up, e.begin, e.rowOf, w.normed, rows, assignments, w.linearScratch, backend.pool());
    backend.transformer().swiglu(e.gate, e.gate, e.up, assignments, experts.intermediate(), backend.pool());
    backend.linear().linearGrouped(e.down, down, e.begin, null, e.gate, assignments, assignments, w.linearScratch, backend.pool());
    backend.transformer().moeCombine(w.hidden, e.down, e.place, e.weight, rows, experts.perToken(), config.hidden(), backend.pool());
  }

  @Override
  public void close() {
    router.close();
    gate.close();
    up.close();
    down.close();
  }
}
