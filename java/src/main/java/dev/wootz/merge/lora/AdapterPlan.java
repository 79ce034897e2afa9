package dev.wootz.merge.lora;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.TensorSpec;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.format.inspect.TensorDifference.Kind;
import dev.wootz.merge.MergeException;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What goes into an adapter: which weights become factors, which tensors are saved whole, which changes are left out.
 *
 * @param factored weights of linear modules; every module of a name that has changed somewhere, as PEFT wants it
 * @param whole changed tensors of other modules
 * @param leftOut changed tensors that a LoRA adapter cannot hold or was not asked to, a sentence each
 */
record AdapterPlan(int rank, DType dtype, List<TensorDifference> factored, List<TensorInfo> whole, List<String> leftOut) {
  private static final String PREFIX = "base_model.model.";
  private static final String WEIGHT = ".weight";

  /** Modules that look rows up instead of multiplying. */
  private static final Set<String> EMBEDDINGS = Set.of("embed_tokens", "wte", "wpe", "word_embeddings", "embed_in", "tok_embeddings");

  /** @param embeddings whether changed embeddings are saved whole */
  static AdapterPlan of(List<TensorDifference> differences, int rank, DType dtype, boolean embeddings) {
    Set<String> changed = new TreeSet<>();
    List<TensorInfo> whole = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    for (TensorDifference difference : differences) {
      requireComparable(difference);
      if (difference.kind() != Kind.VALUES) {
        continue;
      }
      String name = difference.name();
      if (linear(difference)) {
        changed.add(lastPart(module(name)));
      } else if (!name.endsWith(WEIGHT)) {
        leftOut.add(name + " has changed and is left out: an adapter holds weights only");
      } else if (EMBEDDINGS.contains(lastPart(module(name))) && !embeddings) {
        leftOut.add(name + " has changed and is left out: embeddings are saved (whole) only with --embeddings");
      } else {
        whole.add(difference.second());
      }
    }
    List<TensorDifference> factored =
        differences.stream().filter(d -> linear(d) && changed.contains(lastPart(module(d.name())))).toList();
    return new AdapterPlan(rank, dtype, factored, whole, leftOut);
  }

  private static void requireComparable(TensorDifference difference) {
    switch (difference.kind()) {
      case SHAPE ->
          throw new MergeException(
              "tensor " + difference.name() + ": shapes " + difference.first().shape() + " and " + difference.second().shape()
                  + ", expected the tuned model to have the base's shapes");
      case ONLY_FIRST -> throw new MergeException("tensor " + difference.name() + " is only in the base");
      case ONLY_SECOND -> throw new MergeException("tensor " + difference.name() + " is only in the tuned model");
      default -> {}
    }
  }

  private static boolean linear(TensorDifference difference) {
    String name = difference.name();
    return name.endsWith(WEIGHT)
        && difference.first().shape().rank() == 2
        && difference.distance() != null
        && !EMBEDDINGS.contains(lastPart(module(name)));
  }

  /** {@code model.layers.0.self_attn.q_proj} of {@code model.layers.0.self_attn.q_proj.weight}. */
  private static String module(String tensor) {
    return tensor.substring(0, tensor.lastIndexOf('.'));
  }

  private static String lastPart(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }

  /** The rank of a weight's factors: no more than its shorter side. */
  int rank(TensorDifference weight) {
    Shape shape = weight.first().shape();
    return (int) Math.min(rank, Math.min(shape.extent(0), shape.extent(1)));
  }

  static String aName(TensorDifference weight) {
    return PREFIX + module(weight.name()) + ".lora_A.weight";
  }

  static String bName(TensorDifference weight) {
    return PREFIX + module(weight.name()) + ".lora_B.weight";
  }

  static String wholeName(TensorInfo tensor) {
    return PREFIX + tensor.name();
  }

  List<TensorSpec> tensors() {
    List<TensorSpec> tensors = new ArrayList<>();
    for (TensorDifference weight : factored) {
      Shape shape = weight.first().shape();
      tensors.add(new TensorSpec(aName(weight), dtype, Shape.of(rank(weight), shape.extent(1))));
      tensors.add(new TensorSpec(bName(weight), dtype, Shape.of(shape.extent(0), rank(weight))));
    }
    whole.forEach(tensor -> tensors.add(new TensorSpec(wholeName(tensor), tensor.dtype(), tensor.shape())));
    return tensors;
  }

  /** adapter_config.json as PEFT reads it; alpha equals the rank, so the product is the change. */
  ObjectNode config(Path base) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("base_model_name_or_path", base.toString());
    config.put("bias", "none");
    config.put("fan_in_fan_out", false);
    config.put("inference_mode", true);
    config.put("init_lora_weights", true);
    config.put("lora_alpha", rank);
    config.put("lora_dropout", 0.0);
    config.put("peft_type", "LORA");
    config.put("r", rank);
    config.put("task_type", "CAUSAL_LM");
    config.put("use_rslora", false);
    ObjectNode ranks = config.putObject("rank_pattern");
    ObjectNode alphas = config.putObject("alpha_pattern");
    Set<String> targets = new TreeSet<>();
    for (TensorDifference weight : factored) {
      targets.add(lastPart(module(weight.name())));
      if (rank(weight) != rank) {
        ranks.put(module(weight.name()), rank(weight));
        alphas.put(module(weight.name()), rank(weight));
      }
    }
    add(config.putArray("target_modules"), targets);
    Set<String> saved = new TreeSet<>();
    whole.forEach(tensor -> saved.add(lastPart(module(tensor.name()))));
    if (saved.isEmpty()) {
      config.putNull("modules_to_save");
    } else {
      add(config.putArray("modules_to_save"), saved);
    }
    return config;
  }

  private static void add(ArrayNode array, Set<String> texts) {
    texts.forEach(array::add);
  }
}
