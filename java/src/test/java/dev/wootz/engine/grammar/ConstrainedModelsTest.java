package dev.wootz.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.Tool;
import dev.wootz.engine.Answer;
import dev.wootz.engine.Engine;
import dev.wootz.engine.EngineOptions;
import dev.wootz.engine.Generation;
import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.GenerationRequest;
import dev.wootz.engine.GoldenModels;
import dev.wootz.engine.LoadOptions;
import dev.wootz.engine.Model;
import dev.wootz.engine.Sampling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Models at high temperature under random schemas and tools: each text that ends is valid. {@code -Dwootz.constrained=2000} for as many schemas,
 * and a quarter of it tool calls; without, a few. A text may also reach its most tokens: those are counted, and few.
 */
class ConstrainedModelsTest {
  private static final int SCHEMAS = Integer.getInteger("wootz.constrained", 60);
  private static final int BATCH = 16;
  private static final double TEMPERATURE = 1.6;

  @Test
  void aSmallModelThatComesWithTheExamples() {
    try (Model model = Model.load(Path.of("examples/forgetting/base"), LoadOptions.defaults().withContext(512))) {
      schemas(model, "Once upon a time", 60, 400);
    }
  }

  @Test
  void aRealModelWritesWhatSchemasAllow() {
    try (Model model = real()) {
      schemas(model, "<|im_start|>user\nGive me an example record as JSON.<|im_end|>\n<|im_start|>assistant\n", SCHEMAS, 600);
    }
  }

  @Test
  void aRealModelCallsTools() {
    try (Model model = real()) {
      calls(model, "<|im_start|>user\nUse the tools to help me.<|im_end|>\n<|im_start|>assistant\n", SCHEMAS / 4, 250);
    }
  }

  private static Model real() {
    Optional<Path> folder = GoldenModels.shared("models/smollm2-135m-instruct");
    assumeThat(folder).as("shared/models/smollm2-135m-instruct").isPresent();
    return Model.load(folder.orElseThrow().resolve("SmolLM2-135M-Instruct.Q4_1.gguf"), LoadOptions.defaults().withContext(1536));
  }

  private record Asked(JsonNode schema, Answer answer) {}

  private static GenerationRequest request(Constraint constraint, long seed, int tokens) {
    return GenerationRequest.defaults().withMaxTokens(tokens).withSampling(Sampling.atTemperature(TEMPERATURE).withSeed(seed)).withConstraint(constraint);
  }

  private static void schemas(Model model, String prompt, int count, int tokens) {
    int ended = 0;
    int cut = 0;
    long generated = 0;
    try (Engine engine = model.engine(EngineOptions.defaults().withSequences(BATCH).withQueue(2 * BATCH))) {
      List<Asked> batch = new ArrayList<>();
      for (int seed = 0; ended + cut + batch.size() < count || !batch.isEmpty(); seed++) {
        if (ended + cut + batch.size() < count) {
          JsonNode schema = new RandomSchema(seed).schema();
          try {
            batch.add(new Asked(schema, engine.submit(prompt, request(Constraint.jsonSchema(schema), seed, tokens))));
          } catch (ConstraintException e) {
            assertThat(e).hasMessageContaining("that no value meets");
          }
        }
        if (batch.size() == BATCH || ended + cut + batch.size() == count) {
          Asked asked = batch.remove(0);
          Generation generation = asked.answer.get();
          generated += generation.tokens().size();
          if (generation.finishReason() == FinishReason.END) {
            ended++;
            assertThat(JsonSchemas.faults(asked.schema, JsonSchemas.parse(generation.text()))).as("%s for %s", generation.text(), asked.schema).isEmpty();
          } else {
            cut++;
            assertThat(generation.finishReason()).isEqualTo(FinishReason.LENGTH);
          }
        }
      }
    }
    System.out.println("schemas: " + ended + " texts valid, " + cut + " cut at " + tokens + " tokens; " + generated + " tokens");
    assertThat(ended).isGreaterThan(count * 9 / 10);
  }

  /** Three tools of random parameters each time. */
  private static List<Tool> tools(int seed) {
    List<Tool> tools = new ArrayList<>(ToolCallsTest.TOOLS);
    ObjectNode parameters = JsonNodeFactory.instance.objectNode().put("type", "object");
    ObjectNode properties = parameters.putObject("properties");
    ArrayNode required = parameters.putArray("required");
    for (int i = 0; i < 3; i++) {
      JsonNode schema = new RandomSchema(3L * seed + i).schema();
      try {
        Constraint.jsonSchema(schema);
      } catch (ConstraintException e) {
        continue;
      }
      if (!schema.has("$defs")) {
        properties.set("p" + i, schema);
        required.add("p" + i);
      }
    }
    tools.add(new Tool("random_" + seed, "", parameters));
    return tools;
  }

  private static void calls(Model model, String prompt, int count, int tokens) {
    int ended = 0;
    int cut = 0;
    int calls = 0;
    try (Engine engine = model.engine(EngineOptions.defaults().withSequences(BATCH).withQueue(2 * BATCH))) {
      for (int from = 0; calls < count && from < 4 * count; from += BATCH) {
        List<Answer> answers = new ArrayList<>();
        for (int seed = from; seed < from + BATCH; seed++) {
          List<Tool> tools = tools(seed);
          ToolChoice choice = seed % 2 == 0 ? ToolChoice.required() : ToolChoice.named(tools.get(seed % tools.size()).name());
          answers.add(engine.submit(prompt + "<think>\n\n</think>\n\n", request(Constraint.toolCalls(tools, choice), seed, tokens)));
        }
        for (int i = 0; i < BATCH; i++) {
          Generation generation = answers.get(i).get();
          if (generation.finishReason() == FinishReason.END) {
            ended++;
            calls += ToolCallsTest.checked(generation.text(), tools(from + i));
          } else {
            cut++;
          }
        }
      }
    }
    System.out.println("tool calls: " + calls + " valid in " + ended + " answers, " + cut + " cut at " + tokens + " tokens");
    assertThat(calls).isGreaterThanOrEqualTo(count);
  }
}
