package dev.wootz.engine;

import dev.wootz.chat.ChatTemplate;
import dev.wootz.engine.grammar.TokenTrie;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.Device;
import dev.wootz.kernel.Threads;
import dev.wootz.model.Activations;
import dev.wootz.model.ModelConfig;
import dev.wootz.model.Probe;
import dev.wootz.model.Weights;
import dev.wootz.model.lora.Adapter;
import dev.wootz.tensor.DType;
import dev.wootz.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A language model in this process.
 *
 * <pre>{@code
 * try (Model model = Model.load(Path.of("Qwen3-0.6B"))) {
 *   System.out.println(model.generate("Wootz steel was made in").text());
 * }
 * }</pre>
 *
 * <p>Loaded from a Hugging Face folder (config.json, safetensors, tokenizer.json) or a GGUF file. Weights stay in the mapped file or are
 * packed for the kernels once. Safe from any number of threads; each generation has a {@link Session} of its own.
 */
public final class Model implements AutoCloseable {
  private final Weights weights;
  private final Backend backend;
  private final LoadOptions options;
  private final @Nullable Tokenizer tokenizer;
  private final @Nullable ChatTemplate chatTemplate;
  private final @Nullable Threads threads;
  private final Set<Integer> ends;
  private @Nullable TokenTrie tokenTrie;

  private Model(Weights weights, Backend backend, LoadOptions options, @Nullable Threads threads) {
    this.weights = weights;
    this.backend = backend;
    this.options = options;
    this.threads = threads;
    this.tokenizer = ModelText.tokenizer(weights);
    this.chatTemplate = ModelText.chatTemplate(weights, tokenizer);
    this.ends = new HashSet<>(weights.config().eos());
    if (tokenizer != null) {
      tokenizer.eos().ifPresent(ends::add);
      // What chat models end a turn with, whether or not their settings list it.
      for (String token : new String[] {"<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|eom_id|>"}) {
        OptionalInt id = tokenizer.id(token);
        if (id.isPresent() && tokenizer.isSpecial(id.getAsInt())) {
          ends.add(id.getAsInt());
        }
      }
    }
  }

  /** Loads with {@link LoadOptions#defaults}. Throws {@link FormatException}, which says what is wrong with which file. */
  public static Model load(Path path) {
    return load(path, LoadOptions.defaults());
  }

  public static Model load(Path path, LoadOptions options) {
    if (!Files.exists(path)) {
      throw new FormatException(Reason.NOT_FOUND, path, "no such file or folder, expected a Hugging Face folder or a GGUF file");
    }
    Threads threads = options.threads() == 1 ? null : Threads.of(options.threads());
    Backend backend = null;
    Weights weights = null;
    try {
      backend = Backend.of(options.device() == null ? Device.automatic() : options.device(), threads);
      weights = Weights.open(path, backend, options.activations());
      Model model = new Model(weights, backend, options, threads);
      // Reads and packs every tensor, so that what is wrong with the file shows here.
      weights.prepare();
      return model;
    } catch (Throwable e) {
      if (weights != null) {
        weights.close();
      }
      if (backend != null) {
        backend.close();
      }
      if (threads != null) {
        threads.close();
      }
      throw e;
    }
  }

  public LoadOptions options() {
    return options;
  }

  /** Bytes of all matrices of linear layers: what decoding a token reads at least, in a dense model. */
  public long weightBytes() {
    return weights.matrixBytes();
  }

  public ModelConfig config() {
    return weights.config();
  }

  public Path path() {
    return weights.path();
  }

  /** The vocabulary as constraints need it, made when it is first asked for. Throws {@link FormatException} for a model without a tokenizer. */
  public synchronized TokenTrie tokenTrie() {
    if (tokenTrie == null) {
      tokenTrie = TokenTrie.of(tokenizer(), config().vocabulary(), ends);
    }
    return tokenTrie;
  }

  /** Throws {@link FormatException} (TOKENIZER_MISSING) for a model without one. */
  public Tokenizer tokenizer() {
    if (tokenizer == null) {
      throw new FormatException(
          Reason.TOKENIZER_MISSING, path(), "found no tokenizer.json, expected one beside the weights; without it only token ids go in and out");
    }
    return tokenizer;
  }

  public boolean hasTokenizer() {
    return tokenizer != null;
  }

  /** Throws {@link FormatException} for a model without one. */
  public ChatTemplate chatTemplate() {
    if (chatTemplate == null) {
      throw new FormatException(
          Reason.FIELD_MISSING, path(), "found no chat template, expected chat_template.jinja or chat_template in tokenizer_config.json; this"
              + " may be a base model, which completes text and knows no messages");
    }
    return chatTemplate;
  }

  public boolean hasChatTemplate() {
    return chatTemplate != null;
  }

  /** How the model's makers sample, from generation_config.json; temperature 0.6 and top-p 0.95 where they do not say. */
  public Sampling recommendedSampling() {
    return ModelText.sampling(weights).orElse(Sampling.atTemperature(0.6).withTopP(0.95));
  }

  /** Whether this token ends a text or a turn. */
  public boolean ends(int id) {
    return ends.contains(id);
  }

  /** What its weights were made with; sessions and engines have backends of their own on the same device. */
  public Backend backend() {
    return backend;
  }

  /**
   * Opens a LoRA adapter of PEFT for this model: see {@link GenerationRequest#withAdapter} and {@link Session#under}. It is the caller's to
   * close, before or after the model.
   *
   * @param folder with adapter_config.json and adapter_model.safetensors
   * @throws FormatException for what is wrong with it, or does not fit this model
   */
  public Adapter adapter(Path folder) {
    return Adapter.open(folder, weights.targets(), backend.kernels());
  }

  /** Throws unless it is null, or open and of this model. */
  void requireUsable(@Nullable Adapter adapter) {
    if (adapter != null) {
      adapter.requireFor(weights.targets());
      adapter.requireOpen();
    }
  }

  /** A new sequence of tokens, with the context of the load options. */
  public Session session() {
    return session(Probe.NONE);
  }

  public Session session(Probe probe) {
    return new Session(weights, backend, options, cacheType(), contextTokens(), probe);
  }

  /** The longest sequence, of the load options. */
  int contextTokens() {
    return options.contextTokens() > 0 ? options.contextTokens() : Math.min(config().maxPositions(), LoadOptions.DEFAULT_CONTEXT);
  }

  /** Computes many requests at once, with {@link EngineOptions#defaults}. */
  public Engine engine() {
    return engine(EngineOptions.defaults());
  }

  /** To be closed before the model. */
  public Engine engine(EngineOptions how) {
    return new Engine(this, weights, how);
  }

  /** Turns texts into vectors, as the model's files say: {@link EmbeddingOptions#defaults}. */
  public Embedder embedder() {
    return embedder(EmbeddingOptions.defaults());
  }

  /** To be closed before the model. Throws {@link FormatException} for a model whose embeddings need what Wootz does not compute. */
  public Embedder embedder(EmbeddingOptions how) {
    return new Embedder(this, weights, how);
  }

  /** The embedding of a text, of length 1; for many texts {@link #embedder} keeps its memory from call to call. */
  public float[] embed(String text) {
    return embed(List.of(text)).get(0);
  }

  /** The embeddings of texts, computed together, in their order. */
  public List<float[]> embed(List<String> texts) {
    try (Embedder embedder = embedder()) {
      return embedder.embed(texts);
    }
  }

  /** A new conversation. Throws {@link FormatException} for a model without a chat template. */
  public Chat chat() {
    return new Chat(this);
  }

  /**
   * Measures speed.
   *
   * @param batch sequences at a time
   * @param context tokens of each at most
   */
  public Throughput throughput(int batch, int context) {
    return new Throughput(weights, backend, cacheType(), options.chunkTokens(), batch, context);
  }

  /** Type of keys and values in the caches of this model's sessions. */
  public DType cacheType() {
    return options.cacheType() != null ? options.cacheType() : defaultCacheType();
  }

  private DType defaultCacheType() {
    return options.activations() == Activations.FLOAT32 || !weights.packed() ? DType.F32 : DType.F16;
  }

  /** Continues a text, greedily; see {@link GenerationRequest#defaults}. */
  public Generation generate(String prompt) {
    return generate(prompt, GenerationRequest.defaults(), GenerationListener.NONE);
  }

  public Generation generate(String prompt, GenerationRequest request, GenerationListener listener) {
    return generate(tokenizer().encode(prompt, true, true), request, listener);
  }

  /** @param prompt token ids, at least one */
  public Generation generate(int[] prompt, GenerationRequest request, GenerationListener listener) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt is empty: at least one token is needed to begin with");
    }
    try (Session session = session()) {
      return generate(session, prompt, request, listener);
    }
  }

  /** Continues a session: what it holds, then the prompt, then the answer. */
  public Generation generate(Session session, int[] prompt, GenerationRequest request, GenerationListener listener) {
    return new Generator(this, session, request, listener).run(prompt);
  }

  @Override
  public void close() {
    weights.close();
    backend.close();
    if (threads != null) {
      threads.close();
    }
  }
}
