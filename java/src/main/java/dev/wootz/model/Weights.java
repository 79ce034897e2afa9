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
 * A device has copies of all, made once; what it cannot read as the file has it goes there as float32.
 */
public final class Weights implements AutoCloseable {
  private final WeightSource source;
  private final Backend backend;
  private final Activations activations;
  private final List<Memory> owned = new ArrayList<>();
  private final Map<String, Weight> matrices = new HashMap<>();
  private final Map<String, Tensor> vectors = new HashMap<>();

  /** Tensors of the file where the operations find them. */
  private final Map<String, Tensor> residents = new HashMap<>();

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
    // Other streams than the one that copied will read them.
    backend.stream().synchronize();
  }

  /** Every width that memory is allocated for, before it is: settings that do not fit the tensors must not cost gigabytes. */
  private void checkWidths(ModelConfig config) {
    String layer = "model.layers.0.";
    shaped("model.embed_tokens.weight", Shape.of(config.vocabulary(), config.hidden()));
    shaped(layer + "self_attn.q_proj.weight", Shape.of((long) config.heads() * config.headDim(), config.hidden()));
    shaped(layer + "self_attn.k_proj.weight", Shape.of((long) config.kvHeads() * config.headDim(), config.hidden()));
    if (config.experts() == null) {
      shaped(layer + "mlp.gate_proj.weight", Shape.of(config.intermediate(), config.hidden()));
    }
    // The layers after the first are looked at one by one; here only that the last is there.
    shaped("model.layers." + (config.layers() - 1) + ".input_layernorm.weight", Shape.of(config.hidden()));
  }

  /** A matrix whose rows are looked up, the embedding: as the file has it, or as float32 where the operations do not know its type. */
  synchronized Tensor table(String name, long rows, long cols) {
    open();
    Tensor stored = shaped(name, Shape.of(rows, cols));
    return resident(name, stored, !backend.transformer().embeds(stored.dtype()));
  }

  /** A tensor of the file where the operations find it. */
  private Tensor resident(String name, Tensor stored, boolean asFloats) {
    if (backend.stream().onHost() && !asFloats) {
      return stored;
    }
    Tensor known = residents.get(name);
    if (known == null) {
      known = asFloats ? floats(stored) : uploaded(stored);
      residents.put(name, known);
    }
    return known;
  }

  private Tensor uploaded(Tensor stored) {
    Tensor copy = new Tensor(own(stored.bytes()), 0, stored.dtype(), stored.shape());
    backend.stream().copy(copy, stored, stored.bytes());
    return copy;
  }

  /** A float32 copy of a tensor of any type. */
  private Tensor floats(Tensor stored) {
    long elements = stored.elements();
    Tensor copy = new Tensor(own(DType.F32.bytes(elements)), 0, DType.F32, stored.shape());
    if (backend.stream().onHost()) {
      convert(copy, stored);
      return copy;
    }
    try (Memory memory = backend.stream().allocateHost(Math.max(1, copy.bytes()))) {
      Tensor host = new Tensor(memory, 0, DType.F32, stored.shape());
      convert(host, stored);
      backend.stream().copy(copy, host, copy.bytes());
      backend.stream().synchronize();
    }
    return copy;
  }

  private void convert(Tensor floats, Tensor stored) {
    if (stored.dtype().block()) {
      backend.linear().dequantize(floats, stored, backend.pool());
    } else {
      backend.kernels().convert(floats, stored);
    }
  }

  /** A matrix of a linear layer. */
  synchronized Weight matrix(String name, long rows, long cols) {
    open();
    Weight known = matrices.get(name);
    if (known == null) {
      known = prepare(name, shaped(name, Shape.of(rows, cols)));
      matrices.put(name, known);
    }
    return known;
  }

  private Weight prepare(String name, Tensor stored) {
    DType type = stored.dtype();
    if (activations == Activations.FLOAT32 || !backend.linear().packs(type)) {
      return Weight.of(resident(name, stored, !backend.linear().takesRows(type)));
    }
    long rows = stored.shape().rows();
    long cols = stored.shape().cols();
    Tensor packed = Tensor.over(own(backend.linear().packedBytes(type, rows, cols)), DType.U8, backend.linear().packedBytes(type, rows, cols));
    if (backend.stream().onHost()) {
      backend.linear().pack(packed, stored, backend.pool());
    } else {
      packOnDevice(packed, stored);
    }
    return new Weight(packed, type, true, rows, cols);
  }

  private void packOnDevice(Tensor packed, Tensor stored) {
    try (Memory rows = backend.stream().allocate(stored.bytes())) {
      Tensor there = new Tensor(rows, 0, stored.dtype(), stored.shape());
      backend.stream().copy(there, stored, stored.bytes());
      backend.linear().pack(packed, there, backend.pool());
      backend.stream().synchronize();
    }
  }

  /** A vector as float32. */
  synchronized Tensor vector(String name, long length) {
    open();
    Tensor known = vectors.get(name);
    if (known == null) {
      known = floats(shaped(name, Shape.of(length)));
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
    Memory memory = backend.stream().allocate(Math.max(64, bytes));
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
