package dev.wootz.engine;

import dev.wootz.format.SafetensorsFile;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Small models with the outputs that Transformers and a float64 implementation gave for them. */
public final class GoldenModels {
  private GoldenModels() {}

  /** Those that the tests carry, and those of {@code shared/golden/models} where it is there. */
  static List<Path> all() {
    List<Path> all = new ArrayList<>(folders(carried()));
    shared("golden/models").ifPresent(root -> all.addAll(folders(root)));
    return all;
  }

  static Path carried() {
    try {
      return Path.of(GoldenModels.class.getResource("/golden/models").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or folder of {@code shared} beside the project, empty where it is not there. */
  public static Optional<Path> shared(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared").resolve(name);
      if (Files.exists(found)) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  private static List<Path> folders(Path root) {
    try (Stream<Path> children = Files.list(root)) {
      return children.filter(child -> Files.exists(child.resolve("golden.safetensors")) && Files.exists(child.resolve("config.json"))).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of expected values. */
  static final class Expected implements AutoCloseable {
    private final SafetensorsFile file;

    Expected(Path folder) {
      this(SafetensorsFile.open(folder.resolve("golden.safetensors")));
    }

    private Expected(SafetensorsFile file) {
      this.file = file;
    }

    static Expected of(Path file) {
      return new Expected(SafetensorsFile.open(file));
    }

    boolean has(String name) {
      return file.tensors().containsKey(name);
    }

    int[] ints(String name) {
      IntBuffer buffer = file.map(name).buffer().asIntBuffer();
      int[] values = new int[buffer.remaining()];
      buffer.get(values);
      return values;
    }

    /** As float32, whatever floats they are stored in. */
    float[] floats(String name) {
      Tensor stored = file.map(name);
      try (Memory memory = Memory.allocate(Math.max(4, stored.elements() * Float.BYTES))) {
        Tensor floats = new Tensor(memory, 0, DType.F32, stored.shape());
        CpuKernels.get().convert(floats, stored);
        return floats.toFloats();
      }
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
