package dev.wootz.model;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.Weight;
import dev.wootz.model.lora.Targets;
import dev.wootz.model.lora.Targets.Target;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's weights: immutable, shared by all who compute with them. Float matrices stay in the mapped file; block-quantized ones are packed
 * for the integer dot product when activations are quantized too, and stay in the file otherwise. Vectors (norms, biases) are float32 copies.
 */
public final class Weights implements AutoCloseable {
  private final WeightSource source;
  private final Backend backend;
  private final Activations activations;
  private final List<Memory> owned = new ArrayList<>();
  private final Map<String, Weight> matrices = new HashMap<>();
  private final Map<String, Tensor> vectors = new HashMap<>();
  private final Targets targets;
  private boolean closed;

  private Weights(WeightSource source, Backend backend, Activations activations) {
    this.source = source;
    this.backend = backend;
    this.activations = activations;
    this.targets = targets(source);
  }

  /** Opens a Hugging Face folder or a GGUF file. Throws {@link FormatException}. */
  public static Weights open(Path path, Backend backend, Activations activations) {
    boolean gguf = Files.isRegularFile(path) && !path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
    WeightSource source = gguf ? GgufWeights.open(path) : HuggingFaceWeights.open(path);
    return new Weights(source, backend, activations);
  }

  public Path path() {
    return source.path();
  }

  public ModelConfig config() {
    return source.config();
  }

  /** The open GGUF file, null for a Hugging Face folder: tokenizer and template are in its metadata. */
  public @Nullable GgufFile gguf() {
    return source instanceof GgufWeights weights ? weights.file() : null;
  }

  /** The matrices that adapters may change. */
  public Targets targets() {
    return targets;
  }

  private static Targets targets(WeightSource source) {
    ModelConfig config = source.config();
    Map<String, Target> matrices = new HashMap<>();
    long hidden = config.hidden();
    long queries = (long) config.heads() * config.headDim();
    long keys = (long) config.kvHeads() * config.headDim();
    int interleaved = config.rope().interleaved() ? config.headDim() : 0;
    for (int i = 0; i < config.layers(); i++) {
      String self = "model.layers." + i + ".self_attn.";
      matrices.put(self + "q_proj.weight", new Target(queries, hidden, interleaved));
      matrices.put(self + "k_proj.weight", new Target(keys, hidden, interleaved));
      matrices.put(self + "v_proj.weight", new Target(keys, hidden, 0));
      matrices.put(self + "o_proj.weight", new Target(hidden, queries, 0));
      if (!config.sparse(i)) {
        String mlp = "model.layers." + i + ".mlp.";
        matrices.put(mlp + "gate_proj.weight", new Target(config.intermediate(), hidden, 0));
        matrices.put(mlp + "up_proj.weight", new Target(config.intermediate(), hidden, 0));
        matrices.put(mlp + "down_proj.weight", new Target(hidden, config.intermediate(), 0));
      }
    }
    return new Targets(source.path(), matrices, "the projections q, k, v, o, gate, up and down of layers 0 to " + (config.layers() - 1)
        + " (not of experts, routers, the embedding or the output head)");
  }

  public Activations activations() {
    return activations;
  }

  /** Whether matrices are packed and meet quantized activations; known after {@link #prepare}. */
  public synchronized boolean packed() {
    return matrices.values().stream().anyMatch(Weight::packed);
  }

  /** Whether there is no output matrix: in checkpoints of embedding models, which are saved without one. */
  boolean headless() {
    return source.headless();
  }

  /** Bytes of all matrices of linear layers; known after {@link #prepare}. */
  public synchronized long matrixBytes() {
    return matrices.values().stream().mapToLong(weight -> weight.data().bytes()).sum();
  }

  /** Looks at every tensor that the model needs, and packs what is to be packed. Throws {@link FormatException} for what is missing or wrong. */
  public void prepare() {
    ModelConfig config = config();
    checkWidths(config);
    // A decoder for one token asks for everything that one for many would.
    try (Workspace workspace = new Workspace(config, backend, 1, 1, KvCache.PAGE_TOKENS);
        KvCache cache = new KvCache(config, backend, DType.F32, 1);
        Decoder decoder = new Decoder(this, workspace, cache, backend)) {
      decoder.logits();
    }
  }

  /** Every width that memory is allocated for, before it is: settings that do not fit the tensors must not cost gigabytes. */
  private void checkWidths(ModelConfig config) {
    String layer = "model.layers.0.";
    stored("model.embed_tokens.weight", config.vocabulary(), config.hidden());
    stored(layer + "self_attn.q_proj.weight", (long) config.heads() * config.headDim(), config.hidden());
    stored(layer + "self_attn.k_proj.weight", (long) config.kvHeads() * config.headDim(), config.hidden());
    if (config.experts() == null) {
      stored(layer + "mlp.gate_proj.weight", config.intermediate(), config.hidden());
    }
    // The layers after the first are looked at one by one; here only that the last is there.
    shaped("model.layers." + (config.layers() - 1) + ".input_layernorm.weight", Shape.of(config.hidden()));
  }

  /** A matrix as the file has it, such as the embedding. */
  Tensor stored(String name, long rows, long cols) {
    return shaped(name, Shape.of(rows, cols));
  }

  /** A matrix of a linear layer. */
  synchronized Weight matrix(String name, long rows, long cols) {
    open();
    Weight known = matrices.get(name);
    if (known == null) {
      known = prepare(shaped(name, Shape.of(rows, cols)));
      matrices.put(name, known);
    }
    return known;
  }

  private Weight prepare(Tensor stored) {
    DType type = stored.dtype();
    if (activations == Activations.FLOAT32 || !backend.linear().packs(type)) {
      return Weight.of(stored);
    }
    long rows = stored.shape().rows();
    long cols = stored.shape().cols();
    Tensor packed = Tensor.over(own(backend.linear().packedBytes(type, rows, cols)), DType.U8, backend.linear().packedBytes(type, rows, cols));
    backend.linear().pack(packed, stored, backend.pool());
    return new Weight(packed, type, true, rows, cols);
  }

  /** A vector as float32. */
  synchronized Tensor vector(String name, long length) {
    open();
    Tensor known = vectors.get(name);
    if (known == null) {
      Tensor stored = shaped(name, Shape.of(length));
      known = Tensor.over(own(length * Float.BYTES), DType.F32, length);
      backend.kernels().convert(known, stored);
      vectors.put(name, known);
    }
    return known;
  }

  private Tensor shaped(String name, Shape expected) {
    Tensor stored = source.tensor(name);
    if (!stored.shape().equals(expected)) {
      throw new FormatException(
          Reason.TENSOR_SHAPE, path(), name, "found shape " + stored.shape() + ", expected " + expected + " from the model's settings");
    }
    DType type = stored.dtype();
    if (!type.block() && type != DType.F32 && type != DType.F16 && type != DType.BF16) {
      throw new FormatException(Reason.TENSOR_SHAPE, path(), name, "found type " + type + ", expected f32, f16, bf16 or a block type of GGUF");
    }
    return stored;
  }

  private Memory own(long bytes) {
    Memory memory = Memory.allocate(Math.max(64, bytes));
    owned.add(memory);
    return memory;
  }

  private void open() {
    if (closed) {
      throw new IllegalStateException("the weights of " + path() + " have been closed");
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      owned.forEach(Memory::close);
      source.close();
    }
  }
}
