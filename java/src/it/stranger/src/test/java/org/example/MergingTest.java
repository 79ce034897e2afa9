package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wootz.format.Checkpoint;
import dev.wootz.kernel.CudaDevice;
import dev.wootz.merge.Merge;
import dev.wootz.merge.MergeReport;
import dev.wootz.merge.TensorMerge;
import dev.wootz.model.PublishedShapes;
import dev.wootz.model.RandomCheckpoint;
import dev.wootz.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergingTest {
  @TempDir Path folder;

  @Test
  void mergesArrays() {
    float[] merged =
        TensorMerge.method("linear")
            .model(new float[] {1, 2, 3}, Map.of("weight", 1.0))
            .model(new float[] {3, 2, 1}, Map.of("weight", 1.0))
            .toFloats();
    assertArrayEquals(new float[] {2, 2, 2}, merged);
  }

  @Test
  void mergesCheckpoints() throws Exception {
    RandomCheckpoint.of(PublishedShapes.named("qwen3-tiny").orElseThrow(), DType.BF16, 1).write(folder.resolve("a"));
    RandomCheckpoint.of(PublishedShapes.named("qwen3-tiny").orElseThrow(), DType.BF16, 2).write(folder.resolve("b"));
    Path recipe = folder.resolve("recipe.yml");
    Files.writeString(recipe, "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.5}\n");
    MergeReport report = Merge.recipe(recipe).to(folder.resolve("out")).verify(true).run();
    assertTrue(report.verified());
    try (Checkpoint out = Checkpoint.open(folder.resolve("out"))) {
      assertEquals(report.tensors(), out.tensors().size());
    }
  }

  @Test
  void bringsNothingThatItDoesNotNeed() {
    assertThrows(ClassNotFoundException.class, () -> Class.forName("picocli.CommandLine"));
    assertTrue(CudaDevice.find().isEmpty());
    assertEquals("wootz-cuda is not on the class path", CudaDevice.whyNone());
  }
}
