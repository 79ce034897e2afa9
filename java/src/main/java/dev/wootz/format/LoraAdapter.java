package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter as PEFT saves it: {@code adapter_config.json} and {@code adapter_model.safetensors}.
 *
 * <p>A module's weight W, [out, in], becomes W + scale · B·A with A [r, in] and B [out, r] (arXiv 2106.09685). Modules that were trained
 * whole ({@code modules_to_save}, resized embeddings) replace the base model's tensors; where a tensor is both replaced and in {@link
 * #modules}, the product is added to the replacement. Adapters that cannot be merged in this way (DoRA, embedding LoRA, trained biases,
 * PiSSA and others) are refused when they are opened.
 *
 * <p>Source of names: huggingface.co/docs/peft/developer_guides/checkpoint.
 */
public final class LoraAdapter implements AutoCloseable {
  static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";

  private static final String PREFIX = "base_model.model.";

  /** {@code <module>.lora_A.weight}, or with the adapter's name: {@code <module>.lora_A.default.weight}. */
  private static final Pattern MATRIX = Pattern.compile("(.+)\\.lora_([AB])(?:\\.[^.]+)?\\.weight");

  /** {@code <module>.modules_to_save.weight}, or with the adapter's name in between: a module trained whole. */
  private static final Pattern SAVED = Pattern.compile("(.+)\\.modules_to_save(?:\\.(?!weight$|bias$)[^.]+)?\\.(.+)");

  /** PEFT saves embeddings whose size was changed without naming them in the settings. */
  private static final Set<String> EMBEDDINGS = Set.of("embed_tokens", "lm_head", "wte", "word_embeddings", "embed_in", "embed_out");

  /**
   * The change of one base tensor: scale · B·A.
   *
   * @param a [rank, in]
   * @param b [out, rank]
   */
  public record Module(TensorInfo a, TensorInfo b, double scale, long rank) {}

  private final Path path;
  private final SafetensorsFile file;
  private final Map<String, Module> modules = new TreeMap<>();
  private final Map<String, TensorInfo> replacements = new TreeMap<>();

  private LoraAdapter(Path path, LoraSettings settings, SafetensorsFile file) {
    this.path = path;
    this.file = file;
    Map<String, TensorInfo> as = new TreeMap<>();
    Map<String, TensorInfo> bs = new TreeMap<>();
    for (TensorInfo tensor : file.tensors().values()) {
      String name = tensor.name().startsWith(PREFIX) ? tensor.name().substring(PREFIX.length()) : tensor.name();
      Matcher matrix = MATRIX.matcher(name);
      if (matrix.matches()) {
        addOnce(matrix.group(2).equals("A") ? as : bs, matrix.group(1), tensor);
      } else {
        addOnce(replacements, replaced(settings, tensor, name), tensor);
      }
    }
    for (String module : as.keySet()) {
      requirePair(as.get(module), bs.get(module), "lora_B");
    }
    for (String module : bs.keySet()) {
      requirePair(bs.get(module), as.get(module), "lora_A");
      modules.put(module + ".weight", module(settings, module, as.get(module), bs.get(module)));
    }
  }

  /** Opens and checks an adapter's folder. Throws {@link FormatException}. */
  public static LoraAdapter open(Path folder) {
    if (!Files.isDirectory(folder)) {
      Reason reason = Files.exists(folder) ? Reason.ADAPTER_SETTING : Reason.NOT_FOUND;
      throw new FormatException(reason, folder, "expected an adapter's folder with " + CONFIG + " and " + WEIGHTS);
    }
    if (!Files.exists(folder.resolve(WEIGHTS)) && Files.exists(folder.resolve("adapter_model.bin"))) {
      throw new FormatException(
          Reason.PYTORCH_WEIGHTS_ONLY,
          folder,
          "found adapter_model.bin, expected " + WEIGHTS + ": PyTorch pickles can run code when loaded and are not read; load the adapter"
              + " with PEFT and save it again");
    }
    LoraSettings settings = LoraSettings.read(folder.resolve(CONFIG));
    SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS));
    try {
      return new LoraAdapter(folder, settings, file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  public Path path() {
    return path;
  }

  /** The changes, by the name of the base tensor that each changes, such as {@code model.layers.0.self_attn.q_proj.weight}. */
  public Map<String, Module> modules() {
    return Collections.unmodifiableMap(modules);
  }

  /** Tensors trained whole, by the name of the base tensor that each replaces. */
  public Map<String, TensorInfo> replacements() {
    return Collections.unmodifiableMap(replacements);
  }

  /** Reads a part of one of the adapter's tensors; see {@link SafetensorsFile#read}. */
  public void read(TensorInfo tensor, long byteOffset, ByteBuffer into) {
    file.read(tensor, byteOffset, into);
  }

  /** The adapter's weights file, open. */
  public SafetensorsFile file() {
    return file;
  }

  @Override
  public void close() {
    file.close();
  }

  /** The base tensor that a tensor without "lora" in its name replaces. */
  private static String replaced(LoraSettings settings, TensorInfo tensor, String name) {
    if (name.contains(".lora_embedding_")) {
      throw unsupported(tensor, "it changes an embedding by a product of transposed matrices; merge the adapter with PEFT first");
    }
    if (name.contains(".lora_magnitude_vector")) {
      throw unsupported(tensor, "it belongs to DoRA, which rescales the whole weight");
    }
    Matcher saved = SAVED.matcher(name);
    if (saved.matches()) {
      return saved.group(1) + "." + saved.group(2);
    }
    String plain = name.replace(".base_layer.", ".");
    String[] parts = plain.split("\\.");
    boolean embedding = parts.length >= 2 && EMBEDDINGS.contains(parts[parts.length - 2]);
    if (name.contains("lora_") || !settings.savesWhole(plain) && !embedding) {
      throw new FormatException(
          Reason.ADAPTER_TENSOR_UNKNOWN,
          tensor.file(),
          tensor.name(),
          "expected <module>.lora_A.weight, <module>.lora_B.weight or a tensor of a module in modules_to_save");
    }
    return plain;
  }

  private static void addOnce(Map<String, TensorInfo> tensors, String name, TensorInfo tensor) {
    TensorInfo first = tensors.put(name, tensor);
    if (first != null) {
      String problem = "stands for the same as tensor " + quote(first.name()) + ", expected one adapter";
      throw new FormatException(Reason.DUPLICATE_KEY, tensor.file(), tensor.name(), problem);
    }
  }

  private static void requirePair(TensorInfo present, @Nullable TensorInfo other, String missing) {
    if (other == null) {
      throw new FormatException(
          Reason.ADAPTER_PAIR_INCOMPLETE, present.file(), present.name(), "found no " + missing + " for it, expected both matrices");
    }
  }

  private static Module module(LoraSettings settings, String module, TensorInfo a, TensorInfo b) {
    long rank = settings.rank(module);
    requireShape(a, 0, rank, "[" + rank + ", in]");
    requireShape(b, 1, rank, "[out, " + rank + "]");
    return new Module(a, b, settings.scale(module), rank);
  }

  private static void requireShape(TensorInfo tensor, int axis, long rank, String expected) {
    Shape shape = tensor.shape();
    if (shape.rank() != 2 || shape.extent(axis) != rank) {
      throw new FormatException(
          Reason.ADAPTER_SHAPE,
          tensor.file(),
          tensor.name(),
          "found shape " + shape + ", expected " + expected + " for the rank " + rank + " of " + CONFIG);
    }
    if (!tensor.dtype().floating()) {
      throw unsupported(tensor, "its dtype is " + tensor.dtype().safetensorsName() + ", expected a floating-point type");
    }
  }

  private static FormatException unsupported(TensorInfo tensor, String why) {
    return new FormatException(Reason.ADAPTER_UNSUPPORTED, tensor.file(), tensor.name(), "cannot be merged: " + why);
  }
}
