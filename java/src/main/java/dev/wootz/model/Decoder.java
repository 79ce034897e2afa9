package dev.wootz.model;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.DeviceStream;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearPart;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer, bound to a workspace and a cache: computes one {@link Step} at a time.
 *
 * <pre>
 *   x = E[ids]
 *   for each layer: x += attention(x), x += mlp(x)
 *   logits = RMSNorm(x[rows]) Wout^T             Wout = E where the model ties them
 * </pre>
 *
 * Not for more than one thread at a time. A step allocates nothing on the Java heap, but for the first ones with an
 * adapter.
 */
public final class Decoder implements AutoCloseable {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  private final ModelConfig config;
  private final Backend backend;
  private final DeviceStream stream;
  private final Workspace w;
  private final Probe probe;
  private final AdapterRuns adapters;
  private final Tensor embedding;
  private final Tensor finalNorm;

  /** Null where the checkpoint has no output matrix. */
  private final LinearKernels.@Nullable Parts head;

  /** Null where nothing is recorded: on the host, and where a probe wants to see what is computed. */
  private final @Nullable DecodeGraphs graphs;

  /** Whether the logits of the last step are on the host. */
  private boolean arrived = true;

  private final Path path;
  private final Tensor[] logits;

  /** Where Java reads hidden states, when it has asked for some that a device computed. */
  private @Nullable Memory statesMemory;

  private @Nullable Tensor states;
  private final List<DecoderLayer> layers = new ArrayList<>();

  public Decoder(Weights weights, Workspace workspace, KvCache cache, Backend backend) {
    this(weights, workspace, cache, backend, Probe.NONE);
  }

  public Decoder(Weights weights, Workspace workspace, KvCache cache, Backend backend, Probe probe) {
    adapters = new AdapterRuns(weights, workspace, backend);
    this.config = weights.config();
    this.backend = backend;
    this.stream = backend.stream();
    this.w = workspace;
    this.probe = stream.onHost() || probe == Probe.NONE ? probe : new DownloadedProbe(stream, probe);
    Binding binding = new Binding(weights, workspace, cache, backend, this.probe, adapters);
    embedding = weights.table(EMBEDDING, config.vocabulary(), config.hidden());
    for (int i = 0; i < config.layers(); i++) {
      layers.add(layer(binding, i));
    }
    finalNorm = weights.vector("model.norm.weight", config.hidden());
    logits = new Tensor[w.maxRows];
    Arrays.setAll(logits, row -> w.logits.host().flat((long) row * config.vocabulary(), config.vocabulary()));
    path = weights.path();
    head = weights.headless() ? null : head(weights);
    graphs = stream.onHost() || probe != Probe.NONE ? null : new DecodeGraphs(stream, w.maxPositions, this::compute);
  }

  private LinearKernels.Parts head(Weights weights) {
    String name = config.tied() ? EMBEDDING : HEAD;
    return backend.linear().parts(List.of(new LinearPart(weights.matrix(name, config.vocabulary(), config.hidden()), w.logits.device())));
  }

  private static DecoderLayer layer(Binding binding, int index) {
    return switch (binding.config().architecture()) {
      case QWEN3 -> Qwen3.layer(binding, index);
      case QWEN3_MOE -> Qwen3Moe.layer(binding, index);
      case QWEN2 -> Qwen2.layer(binding, index);
      case LLAMA -> Llama.layer(binding, index);
    };
  }

  /**
   * Computes the step: keys and values go to the cache, the logits that it asks for to {@link #logits}. Throws {@link FormatException} when
   * it asks for logits of a checkpoint without an output matrix.
   */
  public void forward(Step step) {
    int rows = step.rowCount();
    if (rows > 0) {
      requireHead();
    }
    arrived = stream.onHost();
    adapters.begin(step);
    if (graphs == null || !graphs.run(step)) {
      step.upload(w.maxPositions);
      compute(step, step.tokens(), rows);
    }
    if (rows > 0) {
      w.logits.download(DType.F32.bytes((long) rows * config.vocabulary()));
    }
  }

  /** Of a step that has been uploaded, with so many tokens and rows of logits. */
  private void compute(Step step, int tokens, int rows) {
    layers(step, tokens);
    if (rows > 0) {
      finalNorm(w.outputs, step, rows);
      backend.linear().linear(head, w.outputs, config.hidden(), rows, w.linearScratch, backend.pool());
    }
  }

  /** Throws {@link FormatException} for a checkpoint without an output matrix. */
  public void requireHead() {
    if (head == null) {
      throw new FormatException(
          Reason.TENSOR_MISSING, path, HEAD, "not in this checkpoint, which was saved without an output matrix; it embeds texts and predicts no tokens");
    }
  }

  /**
   * Computes the step; of the rows that it asks for, gives the hidden states after the final norm in place of logits. They may be as many as
   * its tokens: their memory is that of the layers, and no logits are computed.
   *
   * @return f32 [at least rows of the step, hidden], the rows of the step leading; the next step overwrites them
   */
  public Tensor hiddenStates(Step step) {
    if (step.rowCount() > w.maxTokens) {
      throw new IllegalArgumentException("the step asks for " + step.rowCount() + " rows, expected at most " + w.maxTokens + ", one for each token");
    }
    adapters.begin(step);
    step.upload(w.maxPositions);
    layers(step, step.tokens());
    if (step.rowCount() > 0) {
      finalNorm(w.normed, step, step.rowCount());
    }
    return stream.onHost() ? w.normed : downloaded(step.rowCount());
  }

  private Tensor downloaded(int rows) {
    Tensor known = states;
    if (known == null) {
      statesMemory = stream.allocateHost(w.normed.bytes());
      known = new Tensor(statesMemory, 0, DType.F32, w.normed.shape());
      states = known;
    }
    stream.copy(known, w.normed, DType.F32.bytes((long) rows * config.hidden()));
    stream.synchronize();
    return known;
  }

  private void layers(Step step, int tokens) {
    backend.transformer().embed(w.hidden, embedding, step.ids, tokens, backend.pool());
    probe.see("embed", -1, w.hidden, tokens, config.hidden());
    backend.attention().ropeTable(w.rope, step.positions, config.rope().frequencies(), config.rope().scale(), tokens);
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).forward(step, tokens);
      probe.see("layer", i, w.hidden, tokens, config.hidden());
    }
  }

  private void finalNorm(Tensor out, Step step, int rows) {
    // Rows of a matrix by number: what an embedding does.
    backend.transformer().embed(out, w.hidden, step.rows, rows, backend.pool());
    backend.transformer().rmsNorm(out, out, null, finalNorm, config.normEpsilon(), rows, backend.pool());
    probe.see("final_norm", -1, out, rows, config.hidden());
  }

  /**
   * Logits of the last step, f32 [rows of the step, vocabulary], on the host: waits until they are there. The next step overwrites them.
   */
  public Tensor logits() {
    await();
    return w.logits.host();
  }

  /** A row of {@link #logits()}, f32 [vocabulary]: the same object at each call. */
  public Tensor logits(int row) {
    await();
    return logits[row];
  }

  private void await() {
    if (!arrived) {
      stream.synchronize();
      arrived = true;
    }
  }

  public ModelConfig config() {
    return config;
  }

  /** Kinds of steps that are launched as graphs. */
  int recordings() {
    return graphs == null ? 0 : graphs.size();
  }

  @Override
  public void close() {
    if (graphs != null) {
      graphs.close();
    }
    adapters.close();
    layers.forEach(DecoderLayer::close);
    if (head != null) {
      head.close();
    }
    if (statesMemory != null) {
      statesMemory.close();
    }
  }
}
