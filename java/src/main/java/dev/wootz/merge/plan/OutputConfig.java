package dev.wootz.merge.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The output's config.json: the donor's, with everything changed that the merge changes: number of layers, what the configuration lists per
 * layer, dtype, vocabulary size, tied weights.
 */
final class OutputConfig {
  static final String LAYERS = "num_hidden_layers";

  private static final String TIED = "tie_word_embeddings";
  private static final String VOCABULARY = "vocab_size";

  /** Lists of layer numbers, as opposed to lists with one value per layer. */
  private static final Set<String> LAYER_NUMBERS = Set.of("mlp_only_layers", "moe_layers");

  /** Where an output layer's settings come from. */
  private record Origin(OpenModel model, int layer) {}

  private OutputConfig() {}

  static ObjectNode of(Recipe recipe, OpenModel donor, List<SliceInputs> slices, List<TensorPlan> tensors) {
    if (!donor.checkpoint().hasConfig()) {
      return JsonNodeFactory.instance.objectNode();
    }
    ObjectNode config = donor.checkpoint().config();
    setLayers(config, origins(slices));
    setDType(config, recipe);
    for (TensorPlan tensor : tensors) {
      if (Role.of(tensor.name(), new LayerStack("", 0)) == Role.EMBEDDING && tensor.shape().rank() == 2) {
        config.put(VOCABULARY, Math.toIntExact(tensor.shape().extent(0)));
      }
    }
    setTied(config, slices, tensors);
    return config;
  }

  /** The first source of a slice stands for all of them. */
  private static List<Origin> origins(List<SliceInputs> slices) {
    List<Origin> origins = new ArrayList<>();
    for (SliceInputs slice : slices) {
      SliceInputs.Input first = slice.listed().get(0);
      for (int layer = 0; layer < slice.layers(); layer++) {
        origins.add(new Origin(first.model(), first.firstLayer() + layer));
      }
    }
    return origins;
  }

  private static void setLayers(ObjectNode config, List<Origin> origins) {
    if (origins.isEmpty()) {
      return;
    }
    int donorLayers = config.path(LAYERS).asInt(-1);
    config.put(LAYERS, origins.size());
    List<String> keys = new ArrayList<>();
    config.fieldNames().forEachRemaining(keys::add);
    for (String key : keys) {
      JsonNode value = config.get(key);
      if (!value.isArray()) {
        continue;
      }
      if (LAYER_NUMBERS.contains(key)) {
        config.set(key, layerNumbers(key, origins));
      } else if (key.contains("layer") && value.size() == donorLayers) {
        config.set(key, perLayer(key, (ArrayNode) value, origins));
      }
    }
  }

  private static ArrayNode perLayer(String key, ArrayNode donors, List<Origin> origins) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (Origin origin : origins) {
      JsonNode own = origin.model().checkpoint().hasConfig() ? origin.model().checkpoint().config().path(key).path(origin.layer()) : null;
      list.add(own != null && !own.isMissingNode() ? own : donors.path(Math.min(origin.layer(), donors.size() - 1)));
    }
    return list;
  }

  private static ArrayNode layerNumbers(String key, List<Origin> origins) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < origins.size(); i++) {
      Origin origin = origins.get(i);
      JsonNode own = origin.model().checkpoint().hasConfig() ? origin.model().checkpoint().config().path(key) : list;
      for (JsonNode number : own) {
        if (number.isInt() && number.intValue() == origin.layer()) {
          list.add(i);
        }
      }
    }
    return list;
  }

  /** In the donor's own spelling: older files say torch_dtype, newer ones dtype. */
  private static void setDType(ObjectNode config, Recipe recipe) {
    DType given = recipe.outDtype() != null ? recipe.outDtype() : recipe.dtype();
    if (given == null) {
      return;
    }
    if (config.has("dtype")) {
      config.put("dtype", given.torchName());
    }
    if (config.has("torch_dtype") || !config.has("dtype")) {
      config.put("torch_dtype", given.torchName());
    }
  }

  /** A written output projection is used only when the configuration does not tie it to the embeddings. */
  private static void setTied(ObjectNode config, List<SliceInputs> slices, List<TensorPlan> tensors) {
    boolean written = tensors.stream().anyMatch(tensor -> Role.of(tensor.name(), new LayerStack("", 0)) == Role.HEAD);
    boolean inputTied =
        slices.get(slices.size() - 1).listed().stream()
            .anyMatch(input -> input.model().checkpoint().hasConfig() && input.model().checkpoint().config().path(TIED).asBoolean(false));
    if (written) {
      config.put(TIED, false);
    } else if (inputTied) {
      config.put(TIED, true);
    }
  }
}
