package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.lora.LoraReport.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors of two models become factors and which are only compared. By default the factors are for every linear projection: matrices
 * of floating-point weights, but no embeddings and no output head. Infos are those of the base model, sorted by name.
 *
 * @param factored to become B A where they differ
 * @param compared the others
 */
record ExtractionPlan(List<TensorInfo> factored, List<Compared> compared) {
  private static final String WEIGHT = ".weight";
  private static final Set<String> EMBEDDINGS = Set.of("wte", "wpe");
  private static final Set<String> HEADS = Set.of("lm_head", "embed_out");

  /** GPT-2 and its kin keep linear weights as [in, out]. */
  private static final Set<String> TRANSPOSED = Set.of("gpt2", "openai-gpt", "imagegpt", "decision_transformer");

  /** A tensor that gets no factors, and why. */
  record Compared(TensorInfo tensor, Cause cause) {}

  /** Throws {@link MergeException} for models of different tensors, and for a pattern that names no weight. */
  static ExtractionPlan of(Checkpoint base, Checkpoint tuned, List<ModulePattern> patterns) {
    requireSameTensors(base, tuned);
    String type = base.hasConfig() ? base.config().path("model_type").asText("") : "";
    if (TRANSPOSED.contains(type)) {
      throw new MergeException(base.path() + ": models of type " + type + " keep their weights transposed, which adapters here do not");
    }
    List<TensorInfo> factored = new ArrayList<>();
    List<Compared> compared = new ArrayList<>();
    Set<ModulePattern> unused = new TreeSet<>((a, b) -> a.text().compareTo(b.text()));
    unused.addAll(patterns);
    for (TensorInfo tensor : base.tensors().values()) {
      if (!tuned.tensors().containsKey(tensor.name()) || tensor.shape().elements() == 0) {
        continue;
      }
      Cause cause = cause(tensor, tuned.tensor(tensor.name()), patterns, unused);
      if (cause == null) {
        factored.add(tensor);
      } else {
        compared.add(new Compared(tensor, cause));
      }
    }
    for (ModulePattern pattern : unused) {
      throw new MergeException("no linear weight of " + base.path() + " is in a module '" + pattern.text() + "'");
    }
    return new ExtractionPlan(List.copyOf(factored), List.copyOf(compared));
  }

  private static @Nullable Cause cause(TensorInfo tensor, TensorInfo other, List<ModulePattern> patterns, Set<ModulePattern> unused) {
    if (tensor.shape().rank() != 2 || !tensor.name().endsWith(WEIGHT) || !tensor.dtype().floating() || !other.dtype().floating()) {
      return Cause.NO_MATRIX;
    }
    String module = module(tensor.name());
    String last = module.substring(module.lastIndexOf('.') + 1);
    boolean head = HEADS.contains(last);
    if (!head && (last.contains("embed") || EMBEDDINGS.contains(last))) {
      return Cause.EMBEDDING;
    }
    boolean named = false;
    for (ModulePattern pattern : patterns) {
      if (pattern.matches(module)) {
        unused.remove(pattern);
        named = true;
      }
    }
    if (named || patterns.isEmpty() && !head) {
      return null;
    }
    return head ? Cause.HEAD : Cause.NOT_NAMED;
  }

  /** The module that a tensor belongs to: its name without the last part. */
  static String module(String tensor) {
    return tensor.substring(0, Math.max(0, tensor.lastIndexOf('.')));
  }

  private static void requireSameTensors(Checkpoint base, Checkpoint tuned) {
    requireAll(base, tuned);
    requireAll(tuned, base);
    for (TensorInfo tensor : base.tensors().values()) {
      TensorInfo other = tuned.tensors().get(tensor.name());
      if (other != null && !tensor.shape().equals(other.shape())) {
        throw new MergeException(
            "tensor " + tensor.name() + " has shape " + tensor.shape() + " in " + base.path() + " and " + other.shape() + " in "
                + tuned.path() + "; an adapter is the difference of two models of one shape");
      }
    }
  }

  private static void requireAll(Checkpoint model, Checkpoint other) {
    List<String> missing =
        model.tensors().keySet().stream().filter(name -> !other.tensors().containsKey(name) && !redundant(name, model, other)).toList();
    if (!missing.isEmpty()) {
      String more = missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more";
      throw new MergeException("tensor " + missing.get(0) + more + " of " + model.path() + " is not in " + other.path());
    }
  }

  /** Stored by some tools and not by others: the tied output head's copy of the embedding, the table of rotary frequencies. */
  private static boolean redundant(String name, Checkpoint model, Checkpoint other) {
    return name.endsWith(".rotary_emb.inv_freq") || name.equals("lm_head.weight") && tied(model) && tied(other);
  }

  static boolean tied(Checkpoint model) {
    return model.hasConfig() && model.config().path("tie_word_embeddings").asBoolean(false);
  }
}
