package dev.wootz.merge.plan;

import dev.wootz.format.TensorInfo;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.plan.SliceInputs.Input;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.recipe.Slice;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Plans one tensor of the output: its sources, their parameters, its shape and dtype. */
final class TensorPlanner {
  private final Recipe recipe;
  private final MergeMethod method;
  private final @Nullable ModelVocabularies vocabularies;
  private final Map<OpenModel, LayerStack> stacks;
  private final Consumer<String> warn;

  /** @param vocabularies null where every model keeps its own */
  TensorPlanner(
      Recipe recipe, @Nullable ModelVocabularies vocabularies, Map<OpenModel, LayerStack> stacks, Consumer<String> warn) {
    this.recipe = recipe;
    this.method = recipe.method();
    this.vocabularies = vocabularies;
    this.stacks = stacks;
    this.warn = warn;
  }

  /**
   * @param output the output tensor's name
   * @param inputName what an input calls the tensor
   * @param t place in the slice's layers
   */
  TensorPlan plan(SliceInputs inputs, String output, Function<Input, String> inputName, Role role, double t) {
    List<Input> taking = inputs.taking(recipe);
    if (role == Role.BUFFER) {
      return CarriedTensor.plan(recipe, output, stored(taking, inputName));
    }
    List<SourcePlan> sources = new ArrayList<>();
    for (Input input : taking) {
      sources.add(source(input, inputName.apply(input), role, taking, inputName));
    }
    if (sources.stream().anyMatch(source -> !source.dtype().floating())) {
      return CarriedTensor.plan(recipe, output, sources);
    }
    return merged(inputs, taking, sources, output, inputName, role, t);
  }

  private List<SourcePlan> stored(List<Input> taking, Function<Input, String> inputName) {
    List<SourcePlan> stored = new ArrayList<>();
    for (Input input : taking) {
      TensorInfo info = input.model().checkpoint().tensors().get(inputName.apply(input));
      if (info != null) {
        stored.add(new SourcePlan(input.model(), info, null, null, null));
      }
    }
    return stored;
  }

  private SourcePlan source(Input input, String name, Role role, List<Input> taking, Function<Input, String> inputName) {
    String actual = stored(input.model(), name, role);
    if (actual == null) {
      Input owner = taking.stream().filter(other -> other.has(inputName.apply(other))).findFirst().orElseThrow();
      throw new MergeException(
          recipe.name() + ": model " + input.model() + " has no tensor " + name + "; model " + owner.model() + " has "
              + inputName.apply(owner));
    }
    return SourcePlan.of(input.model(), actual);
  }

  /** What a model stores a tensor as; for an output projection that it lacks (tied weights), its embedding. */
  private @Nullable String stored(OpenModel model, String name, Role role) {
    Set<String> names = model.checkpoint().tensors().keySet();
    if (names.contains(name) || role != Role.HEAD) {
      return names.contains(name) ? name : null;
    }
    LayerStack stack = stacks.get(model);
    return stack.outside(names).stream().filter(other -> Role.of(other, stack) == Role.EMBEDDING).findFirst().orElse(null);
  }

  private TensorPlan merged(
      SliceInputs inputs,
      List<Input> taking,
      List<SourcePlan> sources,
      String output,
      Function<Input, String> inputName,
      Role role,
      double t) {
    int base = baseOf(inputs, taking);
    boolean rebuilt = vocabularies != null && role.perToken();
    ShapeFit fit =
        rebuilt ? ShapeFit.rebuilt(recipe, output, sources, vocabularies.plan()) : ShapeFit.of(recipe, output, role, sources, base, warn);
    List<Input> kept = fit.kept().stream().map(taking::get).toList();
    List<SourcePlan> keptSources = fit.sources();
    int keptBase = baseOf(inputs, kept);
    List<ModelInput> models = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      Input input = kept.get(i);
      Slice.Source source = input.source();
      if (source == null && SliceInputs.relative(recipe)) {
        continue;
      }
      Parameters parameters = source == null ? Parameters.NONE : inputs.parameters().model(source, inputName.apply(input), output, t);
      models.add(new ModelInput(i, input.model().index(), input.model().label(), parameters));
    }
    Parameters parameters = inputs.parameters().global(output, t);
    try {
      method.check(parameters, models, recipe.mode());
    } catch (MergeException e) {
      throw new MergeException(recipe.name() + ": tensor " + output + ": " + e.getMessage(), e);
    }
    Shape shape = rebuilt ? keptSources.get(0).shape().withRows(vocabularies.plan().rows()) : keptSources.get(0).shape();
    DType type = OutputType.of(recipe, output, keptSources, keptBase);
    return new TensorPlan(output, shape, type, method, keptSources, models, SliceInputs.relative(recipe) ? keptBase : -1, parameters,
        rebuilt ? lenders(output, role, keptSources) : List.of());
  }

  /** The matrices of the models that rows may come from besides the sources. */
  private List<SourcePlan> lenders(String output, Role role, List<SourcePlan> sources) {
    List<SourcePlan> lenders = new ArrayList<>();
    for (OpenModel model : vocabularies.givers()) {
      String name = stored(model, output, role);
      if (name != null && sources.stream().noneMatch(source -> source.model() == model)) {
        lenders.add(SourcePlan.of(model, name));
      }
    }
    ShapeFit.requireEqualRows(recipe, output, sources.get(0), lenders);
    return lenders;
  }

  private static int baseOf(SliceInputs inputs, List<Input> taking) {
    for (int i = 0; i < taking.size(); i++) {
      if (inputs.isBase(taking.get(i))) {
        return i;
      }
    }
    return -1;
  }
}
