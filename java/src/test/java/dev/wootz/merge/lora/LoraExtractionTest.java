package dev.wootz.merge.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.LoraAdapter;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.TensorSpec;
import dev.wootz.format.inspect.CheckpointPass;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.merge.Merge;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.lora.LoraReport.Cause;
import dev.wootz.merge.lora.LoraReport.Module;
import dev.wootz.merge.lora.LoraReport.Uncovered;
import dev.wootz.model.PublishedShapes;
import dev.wootz.model.RandomCheckpoint;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraExtractionTest {
  private static final String WEIGHTS = "adapter_model.safetensors";

  @TempDir Path folder;
  private Path base;
  private Path tuned;
  private Path lora;

  @BeforeEach
  void models() {
    base = folder.resolve("base");
    tuned = folder.resolve("tuned");
    lora = folder.resolve("lora");
    RandomCheckpoint.of(PublishedShapes.named("qwen3-tiny").orElseThrow(), DType.F32, 1).write(base);
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      RandomCheckpoint.perturbed(checkpoint, 1e-3, 2).write(tuned);
    }
  }

  private LoraReport extract(Path from, Path to, UnaryOperator<LoraExtraction> settings) {
    try (Checkpoint first = Checkpoint.open(from);
        Checkpoint second = Checkpoint.open(to)) {
      return settings.apply(LoraExtraction.of(first, second)).writeTo(lora);
    }
  }

  /** A float32 checkpoint of other values: those of {@code from}, changed tensor by tensor. */
  private Path changed(Path from, String name, Function<String, double[][]> change) {
    Path out = folder.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(from)) {
      Map<String, double[][]> changes = new TreeMap<>();
      List<TensorSpec> specs = checkpoint.tensors().values().stream().map(t -> new TensorSpec(t.name(), DType.F32, t.shape())).toList();
      specs.forEach(spec -> changes.put(spec.name(), change.apply(spec.name())));
      try (CheckpointWriter writer = CheckpointWriter.create(out, CheckpointWriter.layout(specs, Long.MAX_VALUE), Map.of())) {
        for (TensorInfo tensor : checkpoint.tensors().values()) {
          ByteBuffer values = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
          checkpoint.read(tensor, 0, values);
          add(values.flip(), changes.get(tensor.name()));
          writer.write(tensor.name(), 0, values);
        }
      }
      JsonFiles.write(out.resolve("config.json"), checkpoint.config());
    }
    return out;
  }

  private static void add(ByteBuffer values, double[][] change) {
    for (int i = 0; change != null && i < values.limit() / Float.BYTES; i++) {
      values.putFloat(i * Float.BYTES, (float) (values.getFloat(i * Float.BYTES) + change[i / change[0].length][i % change[0].length]));
    }
  }

  private Path apply() throws IOException {
    Path recipe = folder.resolve("apply.yml");
    Files.writeString(recipe, "merge_method: passthrough\nmodels: [{model: \"" + base + "+" + lora + "\"}]\n");
    Path out = folder.resolve("applied");
    Merge.recipe(recipe).to(out).overwrite(true).run();
    return out;
  }

  private Map<String, TensorDifference> differences(Path a, Path b) {
    Map<String, TensorDifference> differences = new TreeMap<>();
    try (Checkpoint first = Checkpoint.open(a);
        Checkpoint second = Checkpoint.open(b)) {
      new CheckpointPass(2, bytes -> {}).differences(first, second, name -> true).forEach(d -> differences.put(d.name(), d));
    }
    return differences;
  }

  private ObjectNode config() {
    return JsonFiles.read(lora.resolve("adapter_config.json"));
  }

  @Test
  void whatItReportsIsWhatApplyingItLeaves() throws IOException {
    LoraReport report = extract(base, tuned, extraction -> extraction.rank(8));
    Map<String, TensorDifference> before = differences(base, tuned);
    Map<String, TensorDifference> after = differences(tuned, apply());
    assertThat(report.modules()).hasSize(4 * 7).allMatch(module -> module.rank() == 8);
    assertThat(report.energyKept()).isBetween(0.2, 0.4);
    for (Module module : report.modules()) {
      String weight = module.name() + ".weight";
      assertThat(module.energy()).isCloseTo(before.get(weight).distance().differenceSquared(), within(1e-9 * module.energy()));
      assertThat(module.residual()).isCloseTo(after.get(weight).distance().differenceSquared(), within(1e-4 * module.energy()));
    }
  }

  @Test
  void aDifferenceOfLowRankIsRestored() throws IOException {
    Path low = changed(base, "low", name -> name.endsWith("_proj.weight") ? lowRank(name) : null);
    LoraReport report = extract(base, low, extraction -> extraction.rank(4));
    assertThat(report.energyKept()).isCloseTo(1, within(1e-10));
    assertThat(report.uncovered()).isEmpty();
    // Two roundings of weights of up to 0.25: half a unit in the last place each.
    for (TensorDifference error : differences(low, apply()).values()) {
      assertThat(error.distance().maximumDifference()).as(error.name()).isLessThan(2e-8);
    }
  }

  private double[][] lowRank(String name) {
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      Shape shape = checkpoint.tensor(name).shape();
      return PlainSvd.withSingularValues((int) shape.extent(0), (int) shape.extent(1), new double[] {0.3, 0.2, 0.1}, name.hashCode());
    }
  }

  @Test
  void tensorsWithoutFactorsAreReportedOrSavedWhole() throws IOException {
    LoraReport report = extract(base, tuned, extraction -> extraction.rank(64));
    assertThat(report.uncovered()).hasSize(4 * 4 + 2).noneMatch(Uncovered::saved);
    assertThat(report.uncovered().get(0).cause()).isEqualTo(Cause.EMBEDDING);
    assertThat(report.energyUncovered()).isBetween(0.05, 0.2);
    assertThat(config().get("modules_to_save").isNull()).isTrue();
    report = extract(base, tuned, extraction -> extraction.rank(64).saveFull(true).overwrite(true));
    assertThat(report.uncovered()).hasSize(4 * 4 + 2).allMatch(Uncovered::saved);
    assertThat(report.energyUncovered()).isZero();
    assertThat(report.warnings()).singleElement().asString().contains("ties");
    for (TensorDifference error : differences(tuned, apply()).values()) {
      assertThat(error.distance().maximumDifference()).as(error.name()).isLessThan(2e-8);
    }
    try (LoraAdapter adapter = LoraAdapter.open(lora)) {
      assertThat(adapter.replacements()).hasSize(18).containsKeys("model.embed_tokens.weight", "model.norm.weight");
    }
  }

  @Test
  void ranksThatDifferAreWrittenAsPatterns() {
    // Singular values of 1, 0.5, 0.25, ... in layer 0, of 1, 0.1, 0.01 in the others.
    Path other =
        changed(
            base,
            "other",
            name -> {
              if (!name.endsWith("mlp.up_proj.weight")) {
                return null;
              }
              double[] s = name.contains(".0.") ? new double[] {1, 0.5, 0.25, 0.125, 0.06} : new double[] {1, 0.1, 0.01};
              return PlainSvd.withSingularValues(192, 64, s, name.hashCode());
            });
    LoraReport report = extract(base, other, extraction -> extraction.rank(16).singularValueEpsilon(0.05));
    assertThat(report.modules()).extracting(Module::rank).containsExactly(5, 2, 2, 2);
    assertThat(report.rank()).isEqualTo(5);
    assertThat(config().get("r").asInt()).isEqualTo(5);
    assertThat(config().get("rank_pattern")).hasSize(3).isEqualTo(config().get("alpha_pattern"));
    assertThat(config().get("target_modules").toString()).isEqualTo("[\"up_proj\"]");
    try (LoraAdapter adapter = LoraAdapter.open(lora)) {
      assertThat(adapter.modules().values()).allMatch(module -> module.scale() == 1);
      assertThat(adapter.modules().get("model.layers.2.mlp.up_proj.weight").rank()).isEqualTo(2);
    }
  }

  @Test
  void patternsChooseModules() {
    LoraReport report = extract(base, tuned, extraction -> extraction.rank(2).modules(List.of("layers.1.self_attn", "mlp.d*_proj")));
    assertThat(report.modules())
        .extracting(Module::name)
        .containsExactly(
            "model.layers.0.mlp.down_proj",
            "model.layers.1.mlp.down_proj",
            "model.layers.1.self_attn.k_proj",
            "model.layers.1.self_attn.o_proj",
            "model.layers.1.self_attn.q_proj",
            "model.layers.1.self_attn.v_proj",
            "model.layers.2.mlp.down_proj",
            "model.layers.3.mlp.down_proj");
    assertThat(report.uncovered()).filteredOn(tensor -> tensor.cause() == Cause.NOT_NAMED).hasSize(20);
    // Every down_proj has factors, not every q_proj.
    assertThat(config().get("target_modules")).hasSize(5);
    assertThat(config().get("target_modules").toString()).contains("\"down_proj\"", "\"model.layers.1.self_attn.q_proj\"");
    assertThatThrownBy(() -> extract(base, tuned, extraction -> extraction.modules(List.of("proj")).overwrite(true)))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("'proj'");
  }

  @Test
  void theResultDependsOnTheSeedButNotOnThreads() throws IOException {
    Path wide = base.resolveSibling("wide");
    Path wideTuned = base.resolveSibling("wide-tuned");
    try (Checkpoint checkpoint = wide(wide)) {
      RandomCheckpoint.perturbed(checkpoint, 1e-3, 2).write(wideTuned);
    }
    byte[] one = bytes(extract(wide, wideTuned, extraction -> extraction.rank(4).dtype(DType.BF16).threads(1)));
    byte[] three = bytes(extract(wide, wideTuned, extraction -> extraction.rank(4).dtype(DType.BF16).threads(3).overwrite(true)));
    byte[] seeded = bytes(extract(wide, wideTuned, extraction -> extraction.rank(4).dtype(DType.BF16).seed(1).overwrite(true)));
    assertThat(three).isEqualTo(one);
    assertThat(seeded).hasSameSizeAs(one).isNotEqualTo(one);
  }

  /** Matrices that are decomposed by iteration. */
  private static Checkpoint wide(Path out) {
    return zeros(out, Shape.of(100, 130), Shape.of(130, 90));
  }

  private static Checkpoint zeros(Path out, Shape a, Shape b) {
    List<TensorSpec> specs = List.of(new TensorSpec("a.weight", DType.BF16, a), new TensorSpec("b.weight", DType.BF16, b));
    CheckpointWriter.create(out, CheckpointWriter.layout(specs, Long.MAX_VALUE), Map.of()).close();
    JsonFiles.write(out.resolve("config.json"), JsonNodeFactory.instance.objectNode().put("model_type", "llama"));
    return Checkpoint.open(out);
  }

  private byte[] bytes(LoraReport report) throws IOException {
    return Files.readAllBytes(report.folder().resolve(WEIGHTS));
  }

  @Test
  void roundedFactorsAreMeasuredAsTheyAreStored() throws IOException {
    LoraReport report = extract(base, tuned, extraction -> extraction.rank(64).dtype(DType.BF16));
    Map<String, TensorDifference> after = differences(tuned, apply());
    for (Module module : report.modules()) {
      assertThat(module.residual()).isBetween(1e-7 * module.energy(), 1e-3 * module.energy());
      double left = after.get(module.name() + ".weight").distance().differenceSquared();
      assertThat(module.residual()).isCloseTo(left, within(1e-2 * left));
    }
  }

  @Test
  void otherModelsAreRefused() throws IOException {
    assertThatThrownBy(() -> extract(base, base, extraction -> extraction)).isInstanceOf(MergeException.class).hasMessageContaining("same");
    Path norms = changed(base, "norms", name -> name.equals("model.norm.weight") ? PlainSvd.noise(1, 64, 1) : null);
    assertThatThrownBy(() -> extract(base, norms, extraction -> extraction)).hasMessageContaining("only model.norm.weight");
    Path nan = changed(base, "nan", name -> name.contains("2.mlp.up_proj") ? new double[192][64] : null);
    double[][] bad = new double[192][64];
    bad[3][4] = Double.NaN;
    Path notFinite = changed(nan, "not-finite", name -> name.contains("2.mlp.up_proj") ? bad : null);
    assertThatThrownBy(() -> extract(base, notFinite, extraction -> extraction))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("model.layers.2.mlp.up_proj.weight")
        .hasMessageContaining("1 elements");
    Path other = folder.resolve("other");
    wide(other).close();
    assertThatThrownBy(() -> extract(base, other, extraction -> extraction)).hasMessageContainingAll("model.embed_tokens", "45 more");
    assertThatThrownBy(() -> extract(base, tuned, extraction -> extraction.rank(0))).hasMessageContaining("rank 0");
    assertThat(lora).doesNotExist();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("."));
    }
  }

  @Test
  void shapesThatDifferAreNamed() {
    Path small = folder.resolve("small");
    Path other = folder.resolve("other");
    zeros(small, Shape.of(100, 130), Shape.of(130, 91)).close();
    zeros(other, Shape.of(100, 130), Shape.of(130, 90)).close();
    assertThatThrownBy(() -> extract(small, other, extraction -> extraction))
        .isInstanceOf(MergeException.class)
        .hasMessageContainingAll("b.weight", "[130, 91]", "[130, 90]");
  }

  @Test
  void whatIsThereIsReplacedOnRequestOnly() throws IOException {
    Files.createDirectory(lora);
    Files.writeString(lora.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> extract(base, tuned, extraction -> extraction.rank(1))).hasMessageContaining("--overwrite");
    assertThat(lora.resolve("notes.txt")).hasContent("mine");
    assertThatThrownBy(() -> extract(base, base, extraction -> extraction.overwrite(true))).hasMessageContaining("same");
    assertThat(lora.resolve("notes.txt")).hasContent("mine");
    extract(base, tuned, extraction -> extraction.rank(1).overwrite(true));
    try (Stream<Path> files = Files.list(lora)) {
      assertThat(files.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("adapter_config.json", WEIGHTS);
    }
    lora = tuned;
    assertThatThrownBy(() -> extract(base, tuned, extraction -> extraction.rank(1).overwrite(true))).hasMessageContaining("cannot");
    assertThat(tuned.resolve("model.safetensors")).exists();
  }

  @Test
  void endsWhenAskedTo() {
    try (Checkpoint first = Checkpoint.open(base);
        Checkpoint second = Checkpoint.open(tuned)) {
      LoraExtraction extraction = LoraExtraction.of(first, second).rank(2).threads(1);
      LoraExtractionListener listener =
          new LoraExtractionListener() {
            @Override
            public void progress(int tensorsDone, int tensorsTotal, String tensor) {
              extraction.cancel();
            }
          };
      assertThatThrownBy(() -> extraction.writeTo(lora, listener)).isInstanceOf(CancellationException.class);
    }
    assertThat(lora).doesNotExist();
  }
}
