package dev.wootz.merge.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.LoraAdapter;
import dev.wootz.format.inspect.CheckpointPass;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.merge.Merge;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.lora.ExtractionReport.Weight;
import dev.wootz.model.Architecture;
import dev.wootz.model.PublishedShape;
import dev.wootz.model.PublishedShapes;
import dev.wootz.model.RandomCheckpoint;
import dev.wootz.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraExtractionTest {
  @TempDir Path folder;
  private Path base;
  private Path tuned;

  @BeforeEach
  void models() {
    base = folder.resolve("base");
    tuned = folder.resolve("tuned");
    RandomCheckpoint.of(PublishedShapes.named("qwen3-tiny").orElseThrow(), DType.F32, 1).write(base);
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      RandomCheckpoint.perturbed(checkpoint, 1e-3, 2).write(tuned);
    }
  }

  private List<TensorDifference> differences(Path a, Path b) {
    try (Checkpoint first = Checkpoint.open(a);
        Checkpoint second = Checkpoint.open(b)) {
      return new CheckpointPass(2, bytes -> {}).differences(first, second, name -> true);
    }
  }

  private void apply(Path lora, Path out) throws Exception {
    Path recipe = folder.resolve("apply-" + out.getFileName() + ".yml");
    Files.writeString(recipe, "merge_method: passthrough\nmodels: [{model: \"" + base + "+" + lora + "\"}]\n");
    Merge.recipe(recipe).to(out).run();
  }

  @Test
  void whatItHoldsIsWhatApplyingItRestores() throws Exception {
    Path lora = folder.resolve("lora");
    ExtractionReport report = LoraExtraction.between(base, tuned).rank(8).to(lora).run();
    apply(lora, folder.resolve("applied"));
    List<TensorDifference> errors = differences(tuned, folder.resolve("applied"));
    assertThat(report.weights()).hasSize(4 * 7);
    for (Weight weight : report.weights()) {
      assertThat(weight.rank()).isEqualTo(8);
      assertThat(weight.share()).isBetween(0.1, 0.9);
      TensorDifference error = errors.stream().filter(e -> e.name().equals(weight.name())).findFirst().orElseThrow();
      double truncated = Math.sqrt(weight.energy() - weight.kept());
      assertThat(TensorDifference.euclidean(error.distance())).as(weight.name()).isCloseTo(truncated, within(1e-3 * truncated));
    }
  }

  @Test
  void normsAreSavedWholeAndEmbeddingsOnRequest() throws Exception {
    Path lora = folder.resolve("lora");
    ExtractionReport report = LoraExtraction.between(base, tuned).rank(64).to(lora).run();
    assertThat(report.whole()).hasSize(4 * 4 + 1).allMatch(name -> name.endsWith("norm.weight"));
    assertThat(report.leftOut()).singleElement().asString().contains("embed_tokens", "--embeddings");
    assertThat(report.share()).isCloseTo(1, within(1e-9));
    Path all = folder.resolve("all");
    LoraExtraction.between(base, tuned).rank(64).embeddings(true).to(all).run();
    apply(all, folder.resolve("applied"));
    for (TensorDifference error : differences(tuned, folder.resolve("applied"))) {
      assertThat(error.distance().maximumDifference()).as(error.name()).isLessThan(2e-8);
    }
    try (LoraAdapter adapter = LoraAdapter.open(all)) {
      assertThat(adapter.replacements()).containsKeys("model.embed_tokens.weight", "model.norm.weight");
      assertThat(adapter.modules().get("model.layers.0.mlp.up_proj.weight").scale()).isEqualTo(1);
    }
  }

  @Test
  void theResultDoesNotDependOnThreads() throws Exception {
    for (int threads : new int[] {1, 3}) {
      LoraExtraction.between(base, tuned).rank(4).dtype(DType.BF16).threads(threads).to(folder.resolve("lora" + threads)).run();
    }
    Path name = Path.of("adapter_model.safetensors");
    assertThat(folder.resolve("lora3").resolve(name)).hasSameBinaryContentAs(folder.resolve("lora1").resolve(name));
  }

  @Test
  void anUnchangedModelGivesAnEmptyAdapter() {
    ExtractionReport report = LoraExtraction.between(base, base).rank(4).to(folder.resolve("lora")).run();
    assertThat(report.weights()).isEmpty();
    assertThat(report.share()).isEqualTo(1);
    try (LoraAdapter adapter = LoraAdapter.open(folder.resolve("lora"))) {
      assertThat(adapter.modules()).isEmpty();
    }
  }

  @Test
  void aRankBeyondAShorterSideIsCut() {
    ExtractionReport report = LoraExtraction.between(base, tuned).rank(100).to(folder.resolve("lora")).run();
    assertThat(report.weights()).extracting(Weight::rank).containsOnly(64);
    try (LoraAdapter adapter = LoraAdapter.open(folder.resolve("lora"))) {
      assertThat(adapter.modules().values()).allMatch(module -> module.rank() == 64 && module.scale() == 1);
    }
  }

  @Test
  void otherShapesAreRefusedAndNothingIsLeft() {
    Path other = folder.resolve("other");
    RandomCheckpoint.of(PublishedShapes.named("qwen3-tiny").orElseThrow(), DType.BF16, 1).write(other);
    assertThat(LoraExtraction.between(base, other).rank(1).to(folder.resolve("lora")).run().weights()).hasSize(28);
    assertThatThrownBy(() -> LoraExtraction.between(base, folder.resolve("none")).to(folder.resolve("x")).run()).hasMessageContaining("none");
    assertThat(folder.resolve("x")).doesNotExist();
    Path small = folder.resolve("small");
    RandomCheckpoint.of(
            new PublishedShape(
                "small", Architecture.QWEN3, 500, 64, 192, 4, 4, 2, 32, true, 1e-6, 1e6, 0, 1024, 1, 2),
            DType.F32, 1)
        .write(small);
    assertThatThrownBy(() -> LoraExtraction.between(base, small).to(folder.resolve("x")).run())
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("model.embed_tokens.weight")
        .hasMessageContaining("[500, 64]");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void endsWhenAskedTo() {
    LoraExtraction extraction = LoraExtraction.between(base, tuned).rank(2).threads(1).to(folder.resolve("lora"));
    extraction.listener((done, total, weight) -> extraction.cancel());
    assertThatThrownBy(extraction::run).isInstanceOf(CancellationException.class);
    assertThat(folder.resolve("lora")).doesNotExist();
  }
}
