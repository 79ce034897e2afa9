package dev.wootz.merge.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A merge that mergekit has made, to be made again: {@code cases/NAME/config.yml} over the models of {@code bf16} or {@code fp32}, the
 * result in {@code cases/NAME/out-TYPE.safetensors}. Runs one method over each tensor in memory, without recipe, plan and pipeline;
 * parameters must be plain values.
 */
public final class GoldenMerge {
  private final Path root;
  private final String name;
  private final Map<String, Object> config;

  private GoldenMerge(Path root, String name) {
    this.root = root;
    this.name = name;
    this.config = config(root.resolve("cases").resolve(name).resolve("config.yml"));
  }

  /** A case that the tests carry with them. Its outputs are cut down to a few tensors. */
  public static GoldenMerge carried(String name) {
    return new GoldenMerge(carried(), name);
  }

  /** Folder of the cases that the tests carry. */
  public static Path carried() {
    try {
      return Path.of(GoldenMerge.class.getResource("/golden/merge").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The full set: the folder that the property {@code wootz.golden.merge} names, or {@code shared/golden/merge} in a folder above. */
  public static Optional<Path> shared() {
    String named = System.getProperty("wootz.golden.merge");
    if (named != null) {
      return Optional.of(Path.of(named));
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path golden = folder.resolve("shared/golden/merge");
      if (Files.isDirectory(golden)) {
        return Optional.of(golden);
      }
    }
    return Optional.empty();
  }

  public static GoldenMerge in(Path root, String name) {
    return new GoldenMerge(root, name);
  }

  /** Whether there is an output for models of this type. */
  public boolean has(DType type) {
    return Files.exists(output(type));
  }

  /** Merges every tensor of the golden output again with {@link Mode#MERGEKIT}. */
  public List<Comparison> merge(MergeMethod method, DType type) {
    if (!method.name().equals(config.get("merge_method"))) {
      throw new IllegalArgumentException(name + " is a case of " + config.get("merge_method") + ", not of " + method.name());
    }
    Map<String, Map<String, Stored>> models = new TreeMap<>();
    for (String model : references()) {
      models.put(model, read(root.resolve(folder(type)).resolve(model).resolve("model.safetensors")));
    }
    Map<String, Stored> golden = read(output(type));
    PlainMersenneTwister generator = new PlainMersenneTwister(42);
    long drawn = 0;
    List<Comparison> comparisons = new ArrayList<>();
    for (String tensor : models.get(references().get(0)).keySet()) {
      Map<String, float[]> inputs = new HashMap<>();
      models.forEach((model, tensors) -> inputs.put(model, tensors.get(tensor).values));
      long[] shape = models.values().iterator().next().get(tensor).shape;
      DType computed = dtype("dtype").orElse(type);
      InMemoryMerge merge = prepare(method, tensor, shape, computed, inputs).draws(generator.from(drawn));
      Stored expected = golden.get(tensor);
      if (expected != null) {
        InMemoryMerge.Result result = merge.run();
        DType outputType = dtype("out_dtype").orElse(result.type());
        comparisons.add(
            new Comparison(
                tensor, expected.type, outputType, shape, inputs, expected.values, Elements.rounded(outputType, result.values())));
      }
      drawn += method.draws(merge.task());
    }
    return comparisons;
  }

  private InMemoryMerge prepare(MergeMethod method, String tensor, long[] shape, DType type, Map<String, float[]> inputs) {
    InMemoryMerge merge = InMemoryMerge.of(method).mode(Mode.MERGEKIT).name(tensor).shape(shape);
    String base = (String) config.get("base_model");
    boolean listed = false;
    for (Map<String, Object> model : models()) {
      String reference = (String) model.get("model");
      Map<String, Object> parameters = map(model.get("parameters"));
      if (reference.equals(base)) {
        merge.listedBase(type, inputs.get(reference), parameters);
        listed = true;
      } else {
        merge.model(reference, type, inputs.get(reference), parameters);
      }
    }
    if (base != null && !listed) {
      merge.base(type, inputs.get(base));
    }
    map(config.get("parameters")).forEach(merge::global);
    return merge;
  }

  private List<String> references() {
    List<String> references = new ArrayList<>();
    models().forEach(model -> references.add((String) model.get("model")));
    String base = (String) config.get("base_model");
    if (base != null && !references.contains(base)) {
      references.add(base);
    }
    return references;
  }

  private List<Map<String, Object>> models() {
    List<Map<String, Object>> models = new ArrayList<>();
    ((List<?>) config.get("models")).forEach(model -> models.add(map(model)));
    return models;
  }

  private Optional<DType> dtype(String key) {
    return Optional.ofNullable((String) config.get(key)).flatMap(DType::byTorchName);
  }

  private Path output(DType type) {
    return root.resolve("cases").resolve(name).resolve("out-" + folder(type) + ".safetensors");
  }

  private static String folder(DType type) {
    return type == DType.BF16 ? "bf16" : "fp32";
  }

  private static Map<String, Object> config(Path file) {
    try {
      return map(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> map(@Nullable Object node) {
    Map<String, Object> map = new HashMap<>();
    if (node != null) {
      ((Map<?, ?>) node).forEach((key, value) -> map.put((String) key, value));
    }
    return map;
  }

  private record Stored(DType type, long[] shape, float[] values) {}

  /** A safetensors file as the format's page describes it, sorted by name; the other opinion on the library's own reader. */
  private static Map<String, Stored> read(Path file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int header = Math.toIntExact(bytes.getLong());
      JsonNode json = new ObjectMapper().readTree(new String(bytes.array(), 8, header, StandardCharsets.UTF_8));
      Map<String, Stored> tensors = new TreeMap<>();
      json.properties()
          .forEach(
              entry -> {
                if (!entry.getKey().equals("__metadata__")) {
                  JsonNode tensor = entry.getValue();
                  DType type = DType.bySafetensorsName(tensor.get("dtype").asText()).orElseThrow();
                  int from = tensor.get("data_offsets").get(0).asInt();
                  int to = tensor.get("data_offsets").get(1).asInt();
                  long[] shape = new long[tensor.get("shape").size()];
                  for (int i = 0; i < shape.length; i++) {
                    shape[i] = tensor.get("shape").get(i).asLong();
                  }
                  ByteBuffer data = bytes.slice(8 + header + from, to - from);
                  tensors.put(entry.getKey(), new Stored(type, shape, Elements.floats(type, data, (to - from) / type.bytes())));
                }
              });
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
