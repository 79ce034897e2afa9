package dev.wootz.model;

import dev.wootz.kernel.AttentionKernels;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearPart;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Grouped-query self-attention with a residual, for rows x [hidden] of the residual stream:
 *
 * <pre>
 *   n = RMSNorm(x)
 *   q, k, v = n Wq^T + bq, n Wk^T + bk, n Wv^T + bv
 *   q, k = RoPE(norm(q)), RoPE(norm(k))        norm: per head, where the architecture has it
 *   x += softmax(q K^T / sqrt(headDim)) V Wo^T + bo
 * </pre>
 *
 * K and V are the cache's, k and v of these rows appended first. Vaswani et al., 2017; Ainslie et al., GQA, 2023.
 */
final class SelfAttention implements AutoCloseable {
  private final ModelConfig config;
  private final Backend backend;
  private final Workspace w;
  private final int layer;
  private final Probe probe;
  private final AdapterRuns adapters;
  private final AttentionKernels.KvLayer cache;
  private final AttentionKernels.Rope rope;
  private final AttentionKernels.Attention attention;
  private final Tensor inputNorm;
  private final @Nullable Tensor queryNorm;
  private final @Nullable Tensor keyNorm;
  private final LinearKernels.Parts projections;
  private final LinearKernels.Parts output;

  SelfAttention(Binding b, int layer) {
    this.config = b.config();
    this.backend = b.backend();
    this.w = b.workspace();
    this.layer = layer;
    this.probe = b.probe();
    this.adapters = b.adapters();
    this.cache = b.cache().layer(layer);
    this.rope = backend.attention().rope(w.rope, config.rope().dim(), config.rope().interleaved());
    this.attention =
        backend.attention().attention(config.heads(), (float) (1 / Math.sqrt(config.headDim())), 0, config.windows().get(layer), null);
    String prefix = "model.layers." + layer + ".";
    String self = prefix + "self_attn.";
    long hidden = config.hidden();
    long queryWidth = (long) config.heads() * config.headDim();
    long keyWidth = (long) config.kvHeads() * config.headDim();
    Weights weights = b.weights();
    inputNorm = weights.vector(prefix + "input_layernorm.weight", hidden);
    boolean headNorms = config.architecture().headNorms();
    queryNorm = headNorms ? weights.vector(self + "q_norm.weight", config.headDim()) : null;
    keyNorm = headNorms ? weights.vector(self + "k_norm.weight", config.headDim()) : null;
    List<LinearPart> parts = new ArrayList<>();
    parts.add(part(weights, self + "q_proj", queryWidth, hidden, config.attentionBias(), w.queries, false));
    parts.add(part(weights, self + "k_proj", keyWidth, hidden, config.attentionBias(), w.keys, false));
    parts.add(part(weights, self + "v_proj", keyWidth, hidden, config.attentionBias(), w.values, false));
    projections = backend.linear().parts(parts);
    output = backend.linear().parts(List.of(part(weights, self + "o_proj", hidden, queryWidth, config.outputBias(), w.hidden, true)));
  }

  private static LinearPart part(Weights weights, String name, long rows, long cols, boolean bias, Tensor out, boolean add) {
    return new LinearPart(
        weights.matrix(name + ".weight", rows, cols), bias ? weights.vector(name + ".bias", rows) : null, out, rows, add);
  }

  void forward(Step step, int rows) {
    int queryWidth = config.heads() * config.headDim();
    int keyWidth = config.kvHeads() * config.headDim();
    backend.transformer().rmsNorm(w.normed, w.hidden, null, inputNorm, config.normEpsilon(), rows, backend.pool());
    probe.see("input_norm", layer, w.normed, rows, config.hidden());
    backend.linear().linear(projections, w.normed, config.hidden(), rows, w.linearScratch, backend.pool());
    adapters.add(layer, AdapterProducts.Input.ATTENTION);
    probe.see("q_proj", layer, w.queries, rows, queryWidth);
    probe.see("k_proj", layer, w.keys, rows, keyWidth);
    probe.see("v_proj", layer, w.values, rows, keyWidth);
    backend
        .attention()
        .qkRopeAppend(
            w.queries, w.keys, w.values, queryNorm, keyNorm, config.normEpsilon(), rope, config.heads(), step.batch(), cache, backend.pool());
    backend.attention().attend(w.context, w.queries, attention, step.batch(), cache, w.attentionScratch, backend.pool());
    probe.see("attn_ctx", layer, w.context, rows, queryWidth);
    backend.linear().linear(output, w.context, queryWidth, rows, w.linearScratch, backend.pool());
    adapters.add(layer, AdapterProducts.Input.CONTEXT);
  }

  @Override
  public void close() {
    projections.close();
    output.close();
    rope.close();
    attention.close();
  }
}
