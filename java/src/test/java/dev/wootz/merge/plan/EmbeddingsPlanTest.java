package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.Mode;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import org.junit.jupiter.api.Test;

/** Tied and untied embeddings, vocabularies of unequal size, other shapes that differ. */
class EmbeddingsPlanTest extends PlanTestCase {
  private static final String[] LINEAR = {"merge_method: linear", "models: [{model: A}, {model: B}]", "parameters: {weight: 1}"};
  private static final String[] TIES = {
    "merge_method: ties", "base_model: base", "models: [{model: A}, {model: B}]", "parameters: {weight: 1}"
  };

  @Test
  void tiedModelsHaveNoHead() {
    write("A", TinyModel.layers(2));
    write("B", TinyModel.layers(2));
    MergePlan plan = plan(LINEAR);
    assertThat(names(plan)).doesNotContain(HEAD);
    assertThat(plan.config().path("tie_word_embeddings").asBoolean()).isTrue();
  }

  @Test
  void aTiedModelLendsItsEmbeddingToAnUntiedOne() {
    write("A", TinyModel.layers(2));
    write("B", TinyModel.layers(2).untied());
    MergePlan plan = plan(LINEAR);
    assertThat(sources(tensor(plan, HEAD))).containsExactly("A/" + EMBEDDING, "B/" + HEAD);
    assertThat(plan.config().path("tie_word_embeddings").asBoolean(true)).isFalse();
  }

  @Test
  void aTiedConfigurationDoesNotHideAHeadThatIsWritten() {
    write("A", TinyModel.layers(2).untied().config(config -> config.put("tie_word_embeddings", true)));
    write("B", TinyModel.layers(2));
    assertThat(plan(LINEAR).config().path("tie_word_embeddings").asBoolean(true)).isFalse();
  }

  @Test
  void anUntiedDonorOfTiedModelsBecomesTied() {
    write("A", TinyModel.layers(2));
    write("B", TinyModel.layers(2));
    write("base", TinyModel.layers(2).untied());
    MergePlan plan = plan("merge_method: linear", "models: [{model: A}, {model: B}]", "parameters: {weight: 1}", "base_model: base");
    assertThat(names(plan)).doesNotContain(HEAD);
    assertThat(plan.config().path("tie_word_embeddings").asBoolean()).isTrue();
  }

  @Test
  void unequalVocabulariesAskForATokenizer() {
    write("A", TinyModel.vocabulary(16));
    write("B", TinyModel.vocabulary(18));
    write("base", TinyModel.vocabulary(16));
    refused(LINEAR, "tensor " + EMBEDDING, "[16, 4] in model A", "[18, 4] in model B", "tokenizer_source");
    refused(TIES, "tensor " + EMBEDDING, "[16, 4] in model base", "[18, 4] in model B", "tokenizer_source");
  }

  @Test
  void mergekitCutsVocabulariesToTheCommonPart() {
    write("A", TinyModel.vocabulary(18).untied());
    write("B", TinyModel.vocabulary(16));
    MergePlan plan = mergekit(LINEAR);
    for (String name : new String[] {EMBEDDING, HEAD}) {
      assertThat(tensor(plan, name).shape()).isEqualTo(Shape.of(16, 4));
      SourcePlan first = tensor(plan, name).sources().get(0);
      assertThat(first.tensor().shape()).isEqualTo(Shape.of(16, 4));
      assertThat(first.tensor().bytes()).isEqualTo(16 * 4 * 2);
    }
    assertThat(plan.config().path("vocab_size").asInt()).isEqualTo(16);
    assertThat(plan.warnings()).anyMatch(warning -> warning.contains(EMBEDDING) && warning.contains("first 16 rows"));
  }

  @Test
  void mergekitCutsTaskVectorsToTheBasesVocabulary() {
    write("A", TinyModel.vocabulary(18));
    write("B", TinyModel.vocabulary(17));
    write("base", TinyModel.vocabulary(16));
    assertThat(tensor(mergekit(TIES), EMBEDDING).shape()).isEqualTo(Shape.of(16, 4));
    write("base", TinyModel.vocabulary(18));
    refused(Mode.MERGEKIT, TIES, "has 18 rows in the base base and only 17 in model B", "tokenizer_source");
  }

  @Test
  void mergekitsOtherMethodsDoNotCut() {
    write("A", TinyModel.vocabulary(18));
    write("base", TinyModel.vocabulary(16));
    refused(
        Mode.MERGEKIT, lines("merge_method: sce", "base_model: base", "models: [{model: A}]"), "tensor " + EMBEDDING, "tokenizer_source");
  }

  @Test
  void otherShapesMustAgree() {
    write("A", TinyModel.layers(2));
    write("B", TinyModel.layers(2).with("model.layers.1" + UP, DType.BF16, 10, 4));
    write("base", TinyModel.layers(2));
    refused(LINEAR, "tensor model.layers.1" + UP, "[8, 4] in model A", "[10, 4] in model B");
    refused(TIES, "tensor model.layers.1" + UP, "[10, 4] in model B");
    refused(Mode.MERGEKIT, LINEAR, "tensor model.layers.1" + UP);
    MergePlan plan = mergekit(TIES);
    TensorPlan up = tensor(plan, "model.layers.1" + UP);
    assertThat(sources(up)).containsExactly("A/model.layers.1" + UP, "base/model.layers.1" + UP);
    assertThat(up.base()).isEqualTo(1);
    assertThat(up.models()).singleElement().matches(model -> model.label().equals("A") && model.source() == 0);
    assertThat(plan.warnings()).anyMatch(warning -> warning.contains("model B") && warning.contains("left out"));
  }

  @Test
  void theVocabularySizeIsThatOfTheMatrix() {
    write("A", TinyModel.vocabulary(16).config(config -> config.put("vocab_size", 13)));
    MergePlan plan = plan("merge_method: linear", "models: [{model: A}]", "parameters: {weight: 1}");
    assertThat(plan.config().path("vocab_size").asInt()).isEqualTo(16);
  }
}
