package dev.wootz.merge.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.Recipe;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether the models' configurations describe the same network: weights of different networks do not mean the same. */
final class Architectures {
  /** Settings that change what the weights compute; the output can only have one value of each. */
  private static final List<String> MEANING =
      List.of(
          "hidden_act", "num_attention_heads", "num_key_value_heads", "head_dim", "rms_norm_eps", "rope_theta", "rope_scaling",
          "rope_parameters", "sliding_window", "use_sliding_window", "num_experts_per_tok", "norm_topk_prob", "scale_embeddings");

  private Architectures() {}

  /** Throws {@link MergeException} for models of different architectures; returns warnings. */
  static List<String> check(Recipe recipe, Collection<OpenModel> models, OpenModel donor, Map<OpenModel, LayerStack> stacks) {
    List<String> warnings = new ArrayList<>();
    for (OpenModel model : models) {
      if (!model.checkpoint().hasConfig()) {
        warnings.add(
            "model " + model + " has no config.json, so its architecture is not compared"
                + (model == donor ? "; the output gets none either" : ""));
        continue;
      }
      ObjectNode config = model.checkpoint().config();
      checkLayers(recipe, model, config, stacks.get(model));
      if (model != donor && donor.checkpoint().hasConfig()) {
        ObjectNode expected = donor.checkpoint().config();
        checkSame(recipe, donor, name(donor, expected), model, name(model, config));
        for (String key : MEANING) {
          JsonNode theirs = value(config, key);
          JsonNode ours = value(expected, key);
          if (!theirs.equals(ours)) {
            warnings.add(
                "config.json of model " + model + " has " + key + " " + theirs + ", that of " + donor + " has " + ours
                    + ", which the output gets");
          }
        }
      }
    }
    return warnings;
  }

  private static void checkSame(Recipe recipe, OpenModel a, @Nullable String first, OpenModel b, @Nullable String second) {
    if (first != null && second != null && !first.equals(second)) {
      throw new MergeException(
          recipe.name() + ": model " + a + " is a " + first + " and model " + b + " a " + second
              + "; only models of one architecture can be merged");
    }
  }

  /** The class that the configuration names, else the type of the model; {@code override_architecture} comes before both. */
  private static @Nullable String name(OpenModel model, ObjectNode config) {
    if (model.reference().architecture() != null) {
      return model.reference().architecture();
    }
    JsonNode architecture = config.path("architectures").path(0);
    JsonNode type = config.path("model_type");
    return architecture.isTextual() ? architecture.textValue() : type.isTextual() ? type.textValue() : null;
  }

  private static JsonNode value(ObjectNode config, String key) {
    JsonNode value = config.path(key);
    return value.isNull() ? config.path("") : value;
  }

  private static void checkLayers(Recipe recipe, OpenModel model, ObjectNode config, LayerStack stack) {
    JsonNode layers = config.path(OutputConfig.LAYERS);
    if (layers.isInt() && stack.layers() > 0 && layers.intValue() != stack.layers()) {
      throw new MergeException(
          recipe.name() + ": config.json of model " + model + " has " + OutputConfig.LAYERS + " " + layers + ", its weights have "
              + stack.layers() + " layers (" + stack.prefix() + "*)");
    }
  }
}
