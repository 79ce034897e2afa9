package dev.wootz.model;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearPart;
import dev.wootz.tensor.Tensor;
import java.util.List;

/**
 * The gated MLP with a residual:
 *
 * <pre>
 *   n = RMSNorm(x)
 *   x += (silu(n Wg^T) * (n Wu^T)) Wd^T
 * </pre>
 *
 * Shazeer, GLU Variants Improve Transformer, 2020.
 */
final class GatedMlp implements Mlp {
  private final ModelConfig config;
  private final Backend backend;
  private final Workspace w;
  private final int layer;
  private final Probe probe;
  private final AdapterRuns adapters;
  private final Tensor norm;
  private final LinearKernels.Parts gateAndUp;
  private final LinearKernels.Parts down;

  GatedMlp(Binding b, int layer) {
    this.config = b.config();
    this.backend = b.backend();
    this.w = b.workspace();
    this.layer = layer;
    this.probe = b.probe();
    this.adapters = b.adapters();
    String prefix = "model.layers." + layer + ".";
    norm = b.weights().vector(prefix + "post_attention_layernorm.weight", config.hidden());
    String mlp = prefix + "mlp.";
    gateAndUp =
        backend
            .linear()
            .parts(
                List.of(
                    part(b.weights(), mlp + "gate_proj", config.intermediate(), config.hidden(), w.gate, false),
                    part(b.weights(), mlp + "up_proj", config.intermediate(), config.hidden(), w.up, false)));
    down = backend.linear().parts(List.of(part(b.weights(), mlp + "down_proj", config.hidden(), config.intermediate(), w.hidden, true)));
  }

  private LinearPart part(Weights weights, String name, long rows, long cols, Tensor out, boolean add) {
    Tensor bias = config.mlpBias() ? weights.vector(name + ".bias", rows) : null;
    return new LinearPart(weights.matrix(name + ".weight", rows, cols), bias, out, rows, add);
  }

  @Override
  public void forward(Step step, int rows) {
    backend.transformer().rmsNorm(w.normed, w.hidden, null, norm, config.normEpsilon(), rows, backend.pool());
    probe.see("post_norm", layer, w.normed, rows, config.hidden());
    backend.linear().linear(gateAndUp, w.normed, config.hidden(), rows, w.linearScratch, backend.pool());
    adapters.add(layer, AdapterProducts.Input.MLP);
    backend.transformer().swiglu(w.gate, w.gate, w.up, rows, config.intermediate(), backend.pool());
    backend.linear().linear(down, w.gate, config.intermediate(), rows, w.linearScratch, backend.pool());
    adapters.add(layer, AdapterProducts.Input.GATED);
  }

  @Override
  public void close() {
    gateAndUp.close();
    down.close();
  }
}
