package dev.wootz.model;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearPart;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder-only transformer, bound to a workspace and a cache: computes one {@link Step} at a time.
 *
 * <pre>
 *   x = E[ids]
 *   for each layer: x += attention(x), x += mlp(x)
 *   logits = RMSNorm(x[rows]) Wout^T             Wout = E where the model ties them
 * </pre>
 *
 * Not for more than one thread at a time. A step allocates nothing on the Java heap, but for the first one with an
 * adapter.
 */
public final class Decoder implements AutoCloseable {
  private static final String EMBEDDING = "model.embed_tokens.weight";

  private final ModelConfig config;
  private final Backend backend;
  private final Workspace w;
  private final Probe probe;
  private final AdapterRuns adapters;
  private final Tensor embedding;
  private final Tensor finalNorm;
  private final LinearKernels.Parts head;
  private final Tensor[] logits;
  private final List<DecoderLayer> layers = new ArrayList<>();

  public Decoder(Weights weights, Workspace workspace, KvCache cache, Backend backend) {
    this(weights, workspace, cache, backend, Probe.NONE);
  }

  public Decoder(Weights weights, Workspace workspace, KvCache cache, Backend backend, Probe probe) {
    adapters = new AdapterRuns(weights, workspace, backend);
    Binding binding = new Binding(weights, workspace, cache, backend, probe, adapters);
    this.config = weights.config();
    this.backend = backend;
    this.w = workspace;
    this.probe = probe;
    embedding = weights.stored(EMBEDDING, config.vocabulary(), config.hidden());
    for (int i = 0; i < config.layers(); i++) {
      layers.add(layer(binding, i));
    }
    finalNorm = weights.vector("model.norm.weight", config.hidden());
    logits = new Tensor[w.maxRows];
    Arrays.setAll(logits, row -> w.logits.flat((long) row * config.vocabulary(), config.vocabulary()));
    head =
        backend
            .linear()
            .parts(List.of(new LinearPart(weights.matrix(config.tied() ? EMBEDDING : "lm_head.weight", config.vocabulary(), config.hidden()), w.logits)));
  }

  private static DecoderLayer layer(Binding binding, int index) {
    return switch (binding.config().architecture()) {
      case QWEN3 -> Qwen3.layer(binding, index);
      case QWEN3_MOE -> Qwen3Moe.layer(binding, index);
      case QWEN2 -> Qwen2.layer(binding, index);
      case LLAMA -> Llama.layer(binding, index);
    };
  }

  /** Computes the step: keys and values go to the cache, the logits that it asks for to {@link #logits}. */
  public void forward(Step step) {
    int tokens = step.tokens();
    adapters.begin(step);
    backend.transformer().embed(w.hidden, embedding, step.ids, tokens, backend.pool());
    probe.see("embed", -1, w.hidden, tokens, config.hidden());
    backend.attention().ropeTable(w.rope, step.positions, config.rope().frequencies(), config.rope().scale(), tokens);
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).forward(step);
      probe.see("layer", i, w.hidden, tokens, config.hidden());
    }
    int rows = step.rowCount();
    if (rows > 0) {
      // Rows of a matrix by number: what an embedding does.
      backend.transformer().embed(w.outputs, w.hidden, step.rows, rows, backend.pool());
      backend.transformer().rmsNorm(w.outputs, w.outputs, null, finalNorm, config.normEpsilon(), rows, backend.pool());
      probe.see("final_norm", -1, w.outputs, rows, config.hidden());
      backend.linear().linear(head, w.outputs, config.hidden(), rows, w.linearScratch, backend.pool());
    }
  }

  /** Logits of the last step, f32 [rows of the step, vocabulary]; the next step overwrites them. */
  public Tensor logits() {
    return w.logits;
  }

  /** A row of {@link #logits()}, f32 [vocabulary]: the same object at each call. */
  public Tensor logits(int row) {
    return logits[row];
  }

  public ModelConfig config() {
    return config;
  }

  @Override
  public void close() {
    adapters.close();
    layers.forEach(DecoderLayer::close);
    head.close();
  }
}
