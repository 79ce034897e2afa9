package dev.wootz.merge.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.format.Checkpoint;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.Mode;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.kit.GoldenMerge;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.recipe.TokenizerSpec.RowSource;
import dev.wootz.merge.recipe.TokenizerSpec.Source;
import dev.wootz.merge.recipe.TokenizerSpec.TokenRule;
import dev.wootz.merge.vocabulary.MemorySource.Arena;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.tensor.Tensor;
import dev.wootz.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** mergekit's merges of models with different vocabularies: the rows of every token must be the same, bit for bit. */
class MergekitVocabularyTest {
  private static final Path GOLDEN = GoldenMerge.carried().resolve("tokenizer");
  private static final List<String> MATRICES = List.of("model.embed_tokens.weight", "lm_head.weight");

  @TempDir Path folder;

  private static VocabularyModel model(String name) {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve(name))) {
      int rows = (int) checkpoint.tensor(MATRICES.get(0)).shape().extent(0);
      return new VocabularyModel(ModelReference.parse(name), name, GOLDEN.resolve(name), rows, Part.INPUT);
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void unionLinear(Mode mode) {
    List<String> names = List.of("A", "B");
    VocabularyPlan plan = VocabularyPlan.build(TokenizerSpec.of(new Source.Union()), models(names), -1);
    assertThat(plan.rows()).isEqualTo(265);
    assertThat(plan.warnings()).singleElement().asString().contains("model B brings 2 ordinary tokens", "\"an\", \"and\"", "added tokens");
    compare(plan, mode, names, "case_union_linear", LINEAR);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void baseTaskArithmetic(Mode mode) {
    List<String> names = List.of("A", "B", "base");
    VocabularyPlan plan = VocabularyPlan.build(TokenizerSpec.of(new Source.Base()), models(names), 2);
    assertThat(plan.rows()).isEqualTo(260);
    assertThat(plan.warnings()).isEmpty();
    compare(plan, mode, names, "case_base_task_arithmetic", TASK_ARITHMETIC);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void unionTaskArithmetic(Mode mode) {
    List<String> names = List.of("A", "B", "base");
    VocabularyPlan plan = VocabularyPlan.build(TokenizerSpec.of(new Source.Union()), models(names), 2);
    compare(plan, mode, names, "case_union_task_arithmetic", TASK_ARITHMETIC);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void anotherModelsVocabulary(Mode mode) {
    List<String> names = List.of("A", "B", "base");
    VocabularyPlan plan = VocabularyPlan.build(TokenizerSpec.of(new Source.Model(reference("B"))), models(names), 2);
    compare(plan, mode, names, "case_model_task_arithmetic", TASK_ARITHMETIC);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void rulesForSingleTokens(Mode mode) {
    Map<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("the", new TokenRule(new RowSource.Token(reference("A"), "th"), true));
    rules.put("and", new TokenRule(new RowSource.SameToken(reference("B")), false));
    rules.put("an", new TokenRule(new RowSource.TokenId(reference("B"), 3), false));
    rules.put("<|onlyB|>", new TokenRule(new RowSource.SameToken(reference("B")), true));
    rules.put("<|common|>", new TokenRule(new RowSource.SameToken(reference("B")), true));
    rules.put("<|end|>", new TokenRule(new RowSource.SameToken(reference("A")), false));
    List<String> names = List.of("A", "B");
    VocabularyPlan plan = VocabularyPlan.build(new TokenizerSpec(new Source.Union(), rules, 16), models(names), -1);
    assertThat(plan.rows()).isEqualTo(272);
    compare(plan, mode, names, "case_rules_linear", LINEAR);
  }

  private static ModelReference reference(String name) {
    return ModelReference.parse(name);
  }

  private static List<VocabularyModel> models(List<String> names) {
    return names.stream().map(MergekitVocabularyTest::model).toList();
  }

  /** An element of the output from the elements of the models. */
  private interface Method {
    float merge(float[] rows);
  }

  private static final Method LINEAR = rows -> (0.75f * rows[0] + 0.25f * rows[1]) / (0.75f + 0.25f);

  private static final Method TASK_ARITHMETIC =
      rows -> rows[2] + (0.75f * (rows[0] - rows[2]) + 0.25f * (rows[1] - rows[2]));

  private static void compare(VocabularyPlan plan, Mode mode, List<String> names, String golden, Method method) {
    List<Checkpoint> checkpoints = names.stream().map(name -> Checkpoint.open(GOLDEN.resolve(name))).toList();
    try (Arena arena = new Arena(); Checkpoint expected = Checkpoint.open(GOLDEN.resolve(golden).resolve("out-model.safetensors"))) {
      for (String matrix : MATRICES) {
        List<MemorySource> matrices = checkpoints.stream().map(checkpoint -> MemorySource.of(checkpoint, matrix, arena)).toList();
        List<FloatBuffer> gathered = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
          gathered.add(gather(new GatheredRows(plan.rows(i), i, matrices, CpuKernels.get(), mode), arena));
        }
        MemorySource wanted = MemorySource.of(expected, matrix, arena);
        assertThat(wanted.shape().extent(0)).isEqualTo(plan.rows());
        TokenizerJson wantedIds = TokenizerJson.read(GOLDEN.resolve(golden).resolve("out-tokenizer.json"));
        compare(plan, merge(gathered, method), gather(wanted, arena), wantedIds);
      }
    } finally {
      checkpoints.forEach(Checkpoint::close);
    }
  }

  private static FloatBuffer merge(List<FloatBuffer> inputs, Method method) {
    FloatBuffer merged = FloatBuffer.allocate(inputs.get(0).capacity());
    float[] elements = new float[inputs.size()];
    while (merged.hasRemaining()) {
      for (int i = 0; i < elements.length; i++) {
        elements[i] = inputs.get(i).get(merged.position());
      }
      merged.put(method.merge(elements));
    }
    return merged.flip();
  }

  /** By token: the ids that mergekit gives to new tokens vary from run to run. */
  private static void compare(VocabularyPlan plan, FloatBuffer found, FloatBuffer wanted, TokenizerJson wantedIds) {
    assertThat(plan.tokenizer().size()).isEqualTo(wantedIds.size());
    int cols = found.capacity() / plan.rows();
    for (int id = 0; id < wantedIds.idLimit(); id++) {
      String token = wantedIds.token(id);
      assertThat(row(found, plan.tokenizer().id(token), cols)).as("token " + token).isEqualTo(row(wanted, id, cols));
    }
    for (int r = wantedIds.idLimit(); r < plan.rows(); r++) {
      // A mean of more than 200 rows, which mergekit sums in float32.
      assertThat(row(found, r, cols)).containsExactly(row(wanted, r, cols), within(1e-8f));
    }
  }

  private static float[] row(FloatBuffer matrix, int row, int cols) {
    float[] elements = new float[cols];
    matrix.get(row * cols, elements);
    return elements;
  }

  private static FloatBuffer gather(TensorSource source, Arena arena) {
    Tensor rows = arena.tensor(source.dtype(), source.shape());
    source.load(0, rows, arena);
    return rows.buffer().asFloatBuffer();
  }

  @Test
  void writesMergekitsTokenizer() throws IOException {
    List<VocabularyModel> models = List.of(model("A"), model("B"));
    VocabularyPlan.build(TokenizerSpec.of(new Source.Union()), models, -1).write(folder);
    TokenizerJson found = TokenizerJson.open(folder);
    TokenizerJson expected = TokenizerJson.read(GOLDEN.resolve("case_union_linear/out-tokenizer.json"));
    assertThat(found.addedTokens().stream().map(token -> token.withId(0)).toList())
        .containsExactlyInAnyOrderElementsOf(expected.addedTokens().stream().map(token -> token.withId(0)).toList());
    assertThat(found.toJson().get("model")).isEqualTo(expected.toJson().get("model"));
    assertThat(Files.readString(folder.resolve("tokenizer_config.json"))).contains("\"eos_token\": \"<|end|>\"");
  }

  @Test
  void copiesTheBasesTokenizer() throws IOException {
    List<VocabularyModel> models = List.of(model("A"), model("B"), model("base"));
    VocabularyPlan.build(TokenizerSpec.of(new Source.Base()), models, 2).write(folder);
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      assertThat(folder.resolve(file)).hasSameBinaryContentAs(GOLDEN.resolve("base").resolve(file));
    }
  }
}
