package dev.wootz.model.lora;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.LoraAdapter;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.Kernels;
import dev.wootz.model.lora.Targets.Target;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter beside a model (Hu et al., 2021, arXiv 2106.09685). A projection y = x W^T becomes
 *
 * <pre>
 *   y + (x A^T) (s B)^T        A [r, in], B [out, r], s = alpha / r, or alpha / sqrt(r) for rank-stabilised LoRA
 * </pre>
 *
 * Both products are computed in float32 whatever the type of W. A and B are converted to float32 when the adapter is opened, and B is
 * multiplied by s then, each element rounded once: PEFT multiplies the product instead, so results agree to a few units in the last place and
 * not bit for bit.
 *
 * <p>The values never change. Safe from any number of threads; when it is closed, a step that uses it is computed to its end, and whoever begins
 * another with it gets an {@link AdapterClosedException}.
 */
public final class Adapter implements AutoCloseable {
  /**
   * What an adapter adds to one matrix.
   *
   * @param a f32 [rank, in]
   * @param b f32 [out, rank], the scale multiplied in
   */
  public record Product(Tensor a, Tensor b, int rank) {}

  private final Path path;
  private final Targets targets;
  private final Map<String, Product> products = new TreeMap<>();
  private final List<Memory> memory = new ArrayList<>();

  /** What was prepared for workspaces; freed with the adapter. */
  private final List<AutoCloseable> prepared = new ArrayList<>();

  private int holders;
  private boolean closed;

  private Adapter(Path path, Targets targets) {
    this.path = path;
    this.targets = targets;
  }

  /**
   * Opens a folder with adapter_config.json and adapter_model.safetensors, and reads all of it.
   *
   * @throws FormatException for what is not there or wrong, for what is not an addition of a product (DoRA, biases, modules trained whole), and
   *     for tensors that do not fit the model
   */
  public static Adapter open(Path folder, Targets targets, Kernels kernels) {
    Adapter adapter = new Adapter(folder, targets);
    try (LoraAdapter file = LoraAdapter.open(folder)) {
      if (!file.replacements().isEmpty()) {
        TensorInfo whole = file.replacements().values().iterator().next();
        throw new FormatException(
            Reason.ADAPTER_UNSUPPORTED, whole.file(), whole.name(),
            "found a tensor of a module trained whole (modules_to_save), expected LoRA matrices only: merge the adapter into the model");
      }
      if (file.modules().isEmpty()) {
        throw new FormatException(Reason.ADAPTER_PAIR_INCOMPLETE, file.file().path(), "found no LoRA matrices, expected at least two");
      }
      TargetModules named = TargetModules.read(folder.resolve("adapter_config.json"));
      file.modules().forEach((name, module) -> adapter.add(file, name, module, named, kernels));
      return adapter;
    } catch (Throwable e) {
      adapter.close();
      throw e;
    }
  }

  private void add(LoraAdapter file, String name, LoraAdapter.Module module, TargetModules named, Kernels kernels) {
    Target target = targets.matrices().get(name);
    if (target == null) {
      throw new FormatException(
          Reason.ADAPTER_TENSOR_UNKNOWN, module.a().file(), module.a().name(),
          "it changes " + quote(name) + ", expected one of " + targets.what() + " of " + targets.model());
    }
    named.require(name, module.a());
    requireShape(module.a(), Shape.of(module.rank(), target.cols()));
    requireShape(module.b(), Shape.of(target.rows(), module.rank()));
    Tensor a = floats(file, module.a(), kernels);
    Tensor b = floats(file, module.b(), kernels);
    prepare(b, module.scale(), target.interleavedHead());
    products.put(name, new Product(a, b, Math.toIntExact(module.rank())));
  }

  private void requireShape(TensorInfo tensor, Shape expected) {
    if (!tensor.shape().equals(expected)) {
      throw new FormatException(
          Reason.ADAPTER_SHAPE, tensor.file(), tensor.name(),
          "found shape " + tensor.shape() + ", expected " + expected + " for the model " + targets.model());
    }
    if (!tensor.dtype().convertible()) {
      throw new FormatException(
          Reason.ADAPTER_UNSUPPORTED, tensor.file(), tensor.name(), "found type " + tensor.dtype() + ", expected a float type that has arithmetic");
    }
  }

  private Tensor floats(LoraAdapter file, TensorInfo info, Kernels kernels) {
    Memory own = Memory.allocate(Math.max(64, DType.F32.bytes(info.shape().elements())));
    memory.add(own);
    Tensor floats = new Tensor(own, 0, DType.F32, info.shape());
    kernels.convert(floats, file.file().map(info.name()));
    return floats;
  }

  /** Multiplies by the scale in float32, and brings rows into the order of the model's file. */
  private static void prepare(Tensor b, double scale, int head) {
    float factor = (float) scale;
    FloatBuffer elements = b.buffer().asFloatBuffer();
    float[] values = new float[elements.remaining()];
    elements.get(0, values);
    int rank = Math.toIntExact(b.shape().cols());
    int rows = Math.toIntExact(b.shape().rows());
    float[] row = new float[rank];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < rank; c++) {
        row[c] = values[r * rank + c] * factor;
      }
      elements.put((head == 0 ? r : interleaved(r, head)) * rank, row);
    }
  }

  /** Where row i of a head's first or second half goes when the halves are interleaved. */
  private static int interleaved(int row, int head) {
    int in = row % head;
    int half = head / 2;
    return row - in + 2 * (in % half) + in / half;
  }

  public Path path() {
    return path;
  }

  /** The model that it was opened for. */
  public Targets targets() {
    return targets;
  }

  /** What it adds to a matrix, or null. */
  public @Nullable Product product(String name) {
    return products.get(name);
  }

  /** Names of the matrices that it changes. */
  public List<String> changed() {
    return List.copyOf(products.keySet());
  }

  public synchronized boolean closed() {
    return closed;
  }

  /** Throws {@link IllegalArgumentException} unless it was opened for the model of these targets. */
  public void requireFor(Targets model) {
    if (targets != model) {
      throw new IllegalArgumentException(
          "the adapter " + path + " was opened for the model " + targets.model() + ", expected one opened with adapter(Path) of this model, "
              + model.model());
    }
  }

  /** Throws {@link AdapterClosedException} for one that has been closed. */
  public void requireOpen() {
    if (closed()) {
      throw new AdapterClosedException(path);
    }
  }

  /** Keeps its memory until {@link #release}. Throws {@link AdapterClosedException}. */
  public synchronized void hold() {
    if (closed) {
      throw new AdapterClosedException(path);
    }
    holders++;
  }

  public synchronized void release() {
    holders--;
    freeIfUnused();
  }

  /** For the holder: {@code resource} is closed with the adapter, if not before with {@link #discard}. */
  public synchronized void own(AutoCloseable resource) {
    prepared.add(resource);
  }

  /** Closes a resource that {@link #own} was given, unless that has happened already. */
  public synchronized void discard(AutoCloseable resource) {
    if (prepared.remove(resource)) {
      close(resource);
    }
  }

  private void freeIfUnused() {
    if (closed && holders == 0) {
      prepared.forEach(Adapter::close);
      prepared.clear();
      memory.forEach(Memory::close);
    }
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    freeIfUnused();
  }

  @Override
  public String toString() {
    return "adapter " + path;
  }
}
