package dev.wootz.engine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.format.TensorFile;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/** Adapters and merged models that tests make: random matrices, written as PEFT does, and added to a base model in float64. */
final class RandomAdapter {
  private final Map<String, float[]> as = new LinkedHashMap<>();
  private final Map<String, float[]> bs = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Map<String, Integer> ranks = new LinkedHashMap<>();
  final ObjectNode config = JsonNodeFactory.instance.objectNode();

  /** @param rank of each module's name; 0 leaves it out. The settings say r = 4, alpha = 8 and any module */
  RandomAdapter(Path base, long seed, ToIntFunction<String> rank) {
    config.put("peft_type", "LORA").put("r", 4).put("lora_alpha", 8).put("target_modules", "all-linear");
    SplittableRandom random = new SplittableRandom(seed);
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
      for (TensorInfo tensor : file.tensors().values()) {
        String module = tensor.name().replace(".weight", "");
        int r = module.endsWith("_proj") ? rank.applyAsInt(module) : 0;
        if (r > 0) {
          shapes.put(module, tensor.shape());
          ranks.put(module, r);
          as.put(module, values(random, r * tensor.shape().cols()));
          bs.put(module, values(random, r * tensor.shape().rows()));
        }
      }
    }
  }

  /** Multiples of 1/256, small enough to be exact in every float type of 11 bits. */
  private static float[] values(SplittableRandom random, long count) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(-31, 32) / 256f;
    }
    return values;
  }

  Path write(Path folder, DType type) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    as.forEach((module, a) -> tensors.put(name(module, "A"), tensor(type, a, ranks.get(module), shapes.get(module).cols())));
    bs.forEach((module, b) -> tensors.put(name(module, "B"), tensor(type, b, shapes.get(module).rows(), ranks.get(module))));
    return write(folder, tensors, config);
  }

  static Path write(Path folder, Map<String, Tensor> tensors, ObjectNode config) {
    try {
      Files.createDirectories(folder);
      TensorFile.write(folder.resolve("adapter_model.safetensors"), tensors);
      Files.deleteIfExists(folder.resolve("adapter_config.json"));
      JsonFiles.write(folder.resolve("adapter_config.json"), config);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      tensors.values().forEach(tensor -> tensor.memory().close());
    }
  }

  static String name(String module, String matrix) {
    return "base_model.model." + module + ".lora_" + matrix + ".weight";
  }

  static Tensor tensor(DType type, float[] values, long... extents) {
    Tensor floats = Tensor.of(values);
    Tensor tensor = Tensor.over(Memory.allocate(Math.max(64, type.bytes(values.length))), type, extents);
    try (Memory unneeded = floats.memory()) {
      CpuKernels.get().convert(tensor, new Tensor(unneeded, 0, DType.F32, tensor.shape()));
    }
    return tensor;
  }

  /** The model whose weights are W + scale(module) B A, summed in float64 and rounded to float32. */
  Path merged(Path base, Path folder, java.util.function.ToDoubleFunction<String> scale) throws IOException {
    Files.createDirectories(folder);
    Files.copy(base.resolve("config.json"), folder.resolve("config.json"));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
      for (TensorInfo info : file.tensors().values()) {
        Tensor own = Tensor.over(Memory.allocate(info.shape().elements() * Float.BYTES), DType.F32, info.shape().toArray());
        CpuKernels.get().convert(own, file.map(info.name()));
        String module = info.name().replace(".weight", "");
        if (as.containsKey(module)) {
          add(own, module, scale.applyAsDouble(module));
        }
        tensors.put(info.name(), own);
      }
      TensorFile.write(folder.resolve("model.safetensors"), tensors);
    } finally {
      tensors.values().forEach(tensor -> tensor.memory().close());
    }
    return folder;
  }

  private void add(Tensor weight, String module, double scale) {
    int r = ranks.get(module);
    int cols = (int) weight.shape().cols();
    FloatBuffer w = weight.buffer().asFloatBuffer();
    float[] a = as.get(module);
    float[] b = bs.get(module);
    for (int i = 0; i < weight.shape().rows(); i++) {
      for (int j = 0; j < cols; j++) {
        double sum = 0;
        for (int k = 0; k < r; k++) {
          sum += (double) b[i * r + k] * a[k * cols + j];
        }
        w.put(i * cols + j, (float) (w.get(i * cols + j) + scale * sum));
      }
    }
  }
}
