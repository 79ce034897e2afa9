package dev.wootz.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wootz.merge.kit.MergeProcess;
import dev.wootz.merge.kit.SparseCheckpoint;
import dev.wootz.model.PublishedShapes;
import dev.wootz.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Merges as processes: what they hold in memory, and what is left when they are killed. */
@EnabledOnOs(OS.LINUX)
class MergeProcessTest {
  private static final long BOUND = 512L << 20;

  @TempDir Path folder;

  @Test
  void threeCheckpointsOf06BillionParametersStayBelowTheBound() throws Exception {
    assertThat(peakMemory("qwen3-0.6b", 2L << 30)).isPositive().isLessThan(BOUND);
  }

  /** 8 GB are written: only where there is time for it. */
  @Test
  @EnabledIfEnvironmentVariable(named = "CI", matches = ".+")
  void threeCheckpointsOf4BillionParametersStayBelowTheSameBound() throws Exception {
    assertThat(peakMemory("qwen3-4b", 10L << 30)).isPositive().isLessThan(BOUND);
  }

  private long peakMemory(String shape, long bytes) throws IOException, InterruptedException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    assumeTrue(usable > bytes, "needs " + bytes + " bytes of disk space, has " + usable);
    Path recipe = recipe(shape, "della", "weight: 0.5, density: 0.5");
    try (MergeProcess merge = MergeProcess.start(folder.resolve("log"), recipe.toString(), folder.resolve("out").toString())) {
      assertThat(merge.waitFor()).as(merge.output()).isZero();
      return merge.peakMemory();
    }
  }

  @Test
  void aKilledMergeGoesOnAndGivesTheSameBytes() throws Exception {
    Path recipe = recipe("smollm2-135m", "della", "weight: 0.5, density: 0.5");
    Path whole = folder.resolve("whole");
    try (MergeProcess merge = MergeProcess.start(folder.resolve("log"), recipe.toString(), whole.toString())) {
      assertThat(merge.waitFor()).as(merge.output()).isZero();
    }
    Path out = folder.resolve("out");
    Path journal = folder.resolve(".out.unfinished").resolve(".journal");
    try (MergeProcess merge = MergeProcess.start(folder.resolve("log"), recipe.toString(), out.toString(), "--threads", "1")) {
      while (merge.running() && finishedTensors(journal) < 3) {
        Thread.sleep(1);
      }
      merge.kill();
    }
    assertThat(out).as("nothing under the final name").doesNotExist();
    assertThat(finishedTensors(journal)).isBetween(3, 271);
    try (MergeProcess merge =
        MergeProcess.start(folder.resolve("log"), recipe.toString(), out.toString(), "--resume", "--json")) {
      assertThat(merge.waitFor()).as(merge.output()).isZero();
    }
    assertThat(Files.mismatch(whole.resolve("model.safetensors"), out.resolve("model.safetensors"))).isEqualTo(-1);
    assertThat(journal).doesNotExist();
  }

  private static int finishedTensors(Path journal) throws IOException {
    return Files.exists(journal) ? Math.max(0, Files.readAllLines(journal).size() - 1) : 0;
  }

  private Path recipe(String shape, String method, String parameters) throws IOException {
    StringBuilder yaml = new StringBuilder("merge_method: " + method + "\nbase_model: base\nmodels:\n");
    for (String name : List.of("base", "a", "b")) {
      SparseCheckpoint.write(folder.resolve(name), PublishedShapes.named(shape).orElseThrow(), DType.BF16);
      if (!name.equals("base")) {
        yaml.append("- {model: ").append(name).append(", parameters: {").append(parameters).append("}}\n");
      }
    }
    return Files.writeString(folder.resolve("recipe.yml"), yaml);
  }
}
