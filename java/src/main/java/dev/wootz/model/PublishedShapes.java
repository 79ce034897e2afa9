package dev.wootz.model;

import static dev.wootz.model.Architecture.LLAMA;
import static dev.wootz.model.Architecture.QWEN2;
import static dev.wootz.model.Architecture.QWEN3;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The shapes that are known by name, from their config.json on Hugging Face. */
public final class PublishedShapes {
  private static final Map<String, PublishedShape> BY_NAME = new LinkedHashMap<>();

  static {
    // A miniature for tests, of no published model; odd in the ways that Qwen3 is: heads * headDim differs from hidden.
    add(new PublishedShape("qwen3-tiny", QWEN3, 512, 64, 192, 4, 4, 2, 32, true, 1e-6, 1e6, 0, 1024, 1, 2));
    add(qwen3("qwen3-0.6b", 1024, 3072, 28, 16, true));
    add(qwen3("qwen3-1.7b", 2048, 6144, 28, 16, true));
    add(qwen3("qwen3-4b", 2560, 9728, 36, 32, true));
    add(qwen3("qwen3-8b", 4096, 12288, 36, 32, false));
    add(qwen25("qwen2.5-0.5b", 896, 4864, 24, 14, 64));
    add(qwen25("qwen2.5-1.5b", 1536, 8960, 28, 12, 128));
    add(qwen25("qwen2.5-3b", 2048, 11008, 36, 16, 128));
    add(smollm2("smollm2-135m", 576, 1536, 30, 9, 3, 1e5));
    add(smollm2("smollm2-360m", 960, 2560, 32, 15, 5, 1e5));
    add(smollm2("smollm2-1.7b", 2048, 8192, 24, 32, 32, 130_000));
    add(llama32("llama-3.2-1b", 2048, 16, 32, 64));
    add(llama32("llama-3.2-3b", 3072, 28, 24, 128));
  }

  private PublishedShapes() {}

  private static void add(PublishedShape shape) {
    BY_NAME.put(shape.name(), shape);
  }

  private static PublishedShape qwen3(String name, int hidden, int intermediate, int layers, int heads, boolean tied) {
    return new PublishedShape(
        name, QWEN3, 151_936, hidden, intermediate, layers, heads, 8, 128, tied, 1e-6, 1e6, 0, 40_960, 151_643, 151_645);
  }

  private static PublishedShape qwen25(String name, int hidden, int intermediate, int layers, int heads, int headDim) {
    return new PublishedShape(
        name, QWEN2, 151_936, hidden, intermediate, layers, heads, 2, headDim, true, 1e-6, 1e6, 0, 32_768, 151_643, 151_645);
  }

  private static PublishedShape smollm2(String name, int hidden, int intermediate, int layers, int heads, int kvHeads, double theta) {
    return new PublishedShape(
        name, LLAMA, 49_152, hidden, intermediate, layers, heads, kvHeads, 64, true, 1e-5, theta, 0, 8192, 1, 2);
  }

  private static PublishedShape llama32(String name, int hidden, int layers, int heads, int headDim) {
    return new PublishedShape(
        name, LLAMA, 128_256, hidden, 8192, layers, heads, 8, headDim, true, 1e-5, 5e5, 32, 131_072, 128_000, 128_001);
  }

  /** From the smallest to the largest within each family. */
  public static List<PublishedShape> all() {
    return List.copyOf(BY_NAME.values());
  }

  public static Optional<PublishedShape> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }
}
