package dev.wootz.merge.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.Merge;
import dev.wootz.merge.MergeReport;
import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.GoldenMerge;
import dev.wootz.merge.recipe.RecipeReader;
import dev.wootz.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole merges of models with different vocabularies, from recipe to folder, against mergekit's. */
class WholeVocabularyMergeTest {
  private static final Path GOLDEN = GoldenMerge.carried().resolve("tokenizer");
  private static final List<String> PER_TOKEN = List.of("model.embed_tokens.weight", "lm_head.weight");

  @TempDir Path folder;

  private MergeReport merge(String yaml, Mode mode, Path output) {
    return Merge.recipe(RecipeReader.parse(yaml, "recipe.yml", mode), GOLDEN).mode(mode).to(output).run();
  }

  @ParameterizedTest
  @ValueSource(strings = {"case_union_linear", "case_base_task_arithmetic"})
  void everyTensorIsMergekits(String name) throws IOException {
    Path output = folder.resolve("output");
    merge(Files.readString(GOLDEN.resolve(name).resolve("config.yml")), Mode.MERGEKIT, output);
    TokenizerJson ids = TokenizerJson.open(output);
    TokenizerJson expectedIds = TokenizerJson.read(GOLDEN.resolve(name).resolve("out-tokenizer.json"));
    try (Checkpoint found = Checkpoint.open(output);
        Checkpoint expected = Checkpoint.open(GOLDEN.resolve(name).resolve("out-model.safetensors"))) {
      assertThat(found.config().get("vocab_size").intValue()).isEqualTo(expectedIds.size());
      assertThat(found.tensors().keySet()).isEqualTo(expected.tensors().keySet());
      for (String tensor : expected.tensors().keySet()) {
        if (PER_TOKEN.contains(tensor)) {
          for (int id = 0; id < expectedIds.idLimit(); id++) {
            String token = expectedIds.token(id);
            assertThat(row(found, tensor, ids.id(token))).as(tensor + " of " + token).isEqualTo(row(expected, tensor, id));
          }
        } else {
          assertThat(bytes(found, tensor)).as(tensor).isEqualTo(bytes(expected, tensor));
        }
      }
    }
  }

  private static byte[] bytes(Checkpoint checkpoint, String tensor) {
    byte[] bytes = new byte[(int) checkpoint.tensor(tensor).bytes()];
    checkpoint.read(checkpoint.tensor(tensor), 0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static byte[] row(Checkpoint checkpoint, String tensor, int row) {
    TensorInfo info = checkpoint.tensor(tensor);
    byte[] bytes = new byte[(int) (info.shape().cols() * info.dtype().bytes())];
    checkpoint.read(info, (long) row * bytes.length, ByteBuffer.wrap(bytes));
    return bytes;
  }

  @Test
  void sameBytesWhateverTheNumberOfThreads() throws IOException {
    String yaml =
        """
        merge_method: linear
        models: [{model: A, parameters: {weight: 0.6}}, {model: B, parameters: {weight: 0.3}}, {model: base, parameters: {weight: 0.1}}]
        tokenizer: {source: union, pad_to_multiple_of: 64, tokens: {an: {source: {kind: zero}, force: true}}}
        chat_template: chatml
        """;
    Path one = folder.resolve("one");
    Path seven = folder.resolve("seven");
    Merge.recipe(RecipeReader.parse(yaml, "recipe.yml"), GOLDEN).threads(1).to(one).run();
    MergeReport report = Merge.recipe(RecipeReader.parse(yaml, "recipe.yml"), GOLDEN).threads(7).to(seven).run();
    assertThat(seven.resolve("model.safetensors")).hasSameBinaryContentAs(one.resolve("model.safetensors"));
    assertThat(report.warnings()).anyMatch(warning -> warning.contains("model B brings 2 ordinary tokens"));
    assertThat(ChatTemplate.of(seven)).hasValueSatisfying(template -> assertThat(template).contains("<|im_start|>"));
    try (Checkpoint merged = Checkpoint.open(seven)) {
      assertThat(merged.config().get("vocab_size").intValue()).isEqualTo(320);
      assertThat(row(merged, PER_TOKEN.get(0), TokenizerJson.open(seven).id("an"))).containsOnly(0);
    }
  }
}
