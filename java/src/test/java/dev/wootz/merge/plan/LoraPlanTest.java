package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** References with an adapter. */
class LoraPlanTest extends PlanTestCase {
  private static final String MODULE = "base_model.model.model.layers.1.self_attn.q_proj";
  private static final String[] RECIPE = {"merge_method: linear", "models: [{model: A}, {model: A+lora}]", "parameters: {weight: 1}"};

  @BeforeEach
  void writeModel() {
    write("A", TinyModel.layers(2));
  }

  private void adapter(TensorSpec... tensors) throws IOException {
    Path folder = models.resolve("lora");
    CheckpointWriter.create(folder, CheckpointWriter.layout(List.of(tensors), Long.MAX_VALUE), Map.of()).close();
    Files.move(folder.resolve("model.safetensors"), folder.resolve("adapter_model.safetensors"));
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("peft_type", "LORA").put("r", 2).put("lora_alpha", 6).put("bias", "none").putArray("modules_to_save").add("embed_tokens");
    JsonFiles.write(folder.resolve("adapter_config.json"), config);
  }

  private static TensorSpec spec(String name, long... shape) {
    return new TensorSpec(name, DType.F32, Shape.of(shape));
  }

  @Test
  void productsAndReplacementsStandWithTheTensorsTheyChange() throws IOException {
    adapter(
        spec(MODULE + ".lora_A.weight", 2, 4),
        spec(MODULE + ".lora_B.weight", 4, 2),
        spec("base_model.model.model.embed_tokens.modules_to_save.weight", 16, 4));
    MergePlan plan = plan(RECIPE);
    SourcePlan changed = tensor(plan, "model.layers.1" + Q).sources().get(1);
    assertThat(changed.lora().scale()).isEqualTo(3);
    assertThat(changed.replacement()).isNull();
    assertThat(changed.bytesToRead()).isEqualTo(4 * 4 * 2 + (2 * 4 + 4 * 2) * 4);
    assertThat(tensor(plan, "model.layers.1" + Q).sources().get(0).lora()).isNull();
    assertThat(tensor(plan, "model.layers.0" + Q).sources().get(1).lora()).isNull();
    SourcePlan replaced = tensor(plan, EMBEDDING).sources().get(1);
    assertThat(replaced.replacement()).isNotNull();
    assertThat(replaced.dtype()).isEqualTo(DType.BF16);
    assertThat(tensor(plan, EMBEDDING).outputType()).isEqualTo(DType.BF16);
    assertThat(plan.models()).extracting(OpenModel::label).containsExactly("A", "A+lora");
  }

  @Test
  void anEmbeddingOfAnotherSizeIsAnotherVocabulary() throws IOException {
    adapter(spec("base_model.model.model.embed_tokens.modules_to_save.weight", 20, 4));
    refused(RECIPE, "tensor " + EMBEDDING, "[16, 4] in model A", "[20, 4] in model A+lora", "tokenizer_source");
    MergePlan plan = mergekit(RECIPE);
    assertThat(tensor(plan, EMBEDDING).shape()).isEqualTo(Shape.of(16, 4));
    assertThat(tensor(plan, EMBEDDING).sources().get(1).replacement().shape()).isEqualTo(Shape.of(16, 4));
  }

  @Test
  void everyTensorOfAnAdapterMustFit() throws IOException {
    String unknown = MODULE.replace("q_proj", "o_proj");
    adapter(spec(unknown + ".lora_A.weight", 2, 4), spec(unknown + ".lora_B.weight", 4, 2));
    refused(RECIPE, "model A+lora", "changes model.layers.1.self_attn.o_proj.weight, which is no tensor of");
    Files.delete(models.resolve("lora/adapter_model.safetensors"));
    adapter(spec(MODULE + ".lora_A.weight", 2, 4), spec(MODULE + ".lora_B.weight", 6, 2));
    refused(RECIPE, "model A+lora", "product for model.layers.1" + Q + " has shape [6, 4], the tensor has [4, 4]");
    Files.delete(models.resolve("lora/adapter_model.safetensors"));
    adapter(spec("base_model.model.model.embed_tokens.modules_to_save.weight", 16, 5));
    refused(RECIPE, "replaces " + EMBEDDING + " with shape [16, 5], the tensor has [16, 4]");
  }

  @Test
  void theAdaptersFolderMustBeThere() {
    refused(RECIPE, "adapter \"lora\" is not there");
  }
}
