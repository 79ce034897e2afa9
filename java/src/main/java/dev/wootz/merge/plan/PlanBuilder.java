package dev.wootz.merge.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.plan.SliceInputs.Input;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.recipe.ParameterResolver;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.recipe.Slice;
import dev.wootz.merge.vocabulary.ChatTemplate;
import dev.wootz.merge.vocabulary.VocabularyPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Applies a recipe to its models: opens them, places slices, and plans the tensors that they have together. */
final class PlanBuilder {
  private final Recipe recipe;
  private final ModelFolders folders;
  private final Set<String> warnings = new LinkedHashSet<>();
  private final Map<OpenModel, LayerStack> stacks = new HashMap<>();
  private final Map<OpenModel, Map<Integer, List<String>>> suffixes = new HashMap<>();

  PlanBuilder(Recipe recipe, ModelFolders folders) {
    this.recipe = recipe;
    this.folders = folders;
    warnings.addAll(recipe.warnings());
  }

  MergePlan build(long seed) {
    OpenModels models = OpenModels.open(recipe.name(), references(), folders);
    try {
      for (OpenModel model : models.all()) {
        stacks.put(model, LayerStack.of(model.checkpoint().tensors().keySet(), recipe.name() + ": model " + model));
        model.checkpoint().warnings().forEach(warning -> warnings.add("model " + model + ": " + warning));
        warnOfRevision(model);
      }
      OpenModel donor = models.get(recipe.baseModel() != null ? recipe.baseModel() : recipe.slices().get(0).sources().get(0).model());
      Set<OpenModel> merged = models.get(merged());
      warnings.addAll(Architectures.check(recipe, merged, donor, stacks));
      List<SliceInputs> slices = recipe.slices().stream().map(slice -> inputs(slice, models)).toList();
      ModelVocabularies vocabularies = vocabularies(models, merged);
      List<TensorPlan> tensors = tensors(slices, vocabularies);
      ObjectNode config = OutputConfig.of(recipe, donor, slices, tensors);
      if (vocabularies != null) {
        vocabularies.plan().renumber(config, donor.index(), warning -> warnings.add("config.json: " + warning));
      }
      String chatTemplate = chatTemplate(merged);
      VocabularyPlan vocabulary = vocabularies == null ? null : vocabularies.plan();
      return new MergePlan(recipe, seed, models, tensors, donor, config, vocabulary, chatTemplate, List.copyOf(warnings));
    } catch (Throwable e) {
      models.close();
      throw e;
    }
  }

  private void warnOfRevision(OpenModel model) {
    ModelReference.Part lora = model.reference().lora();
    if (model.reference().model().revision() != null || lora != null && lora.revision() != null) {
      warnings.add("model " + model + ": a local folder has no revisions, it is taken as it is");
    }
  }

  /** The models that are merged and the base models: the listed ones first, so that a base that is not listed has a later number. */
  private Set<ModelReference> merged() {
    Set<ModelReference> references = new LinkedHashSet<>();
    recipe.slices().forEach(slice -> slice.sources().forEach(source -> references.add(source.model())));
    recipe.slices().stream().map(recipe::baseOf).filter(Objects::nonNull).forEach(references::add);
    if (recipe.baseModel() != null) {
      references.add(recipe.baseModel());
    }
    return references;
  }

  /** Every model whose tensors may be read: besides the merged ones those that the rules for tokens name. */
  private Set<ModelReference> references() {
    Set<ModelReference> references = merged();
    if (recipe.tokenizer() != null) {
      references.addAll(recipe.tokenizer().rowModels());
    }
    return references;
  }

  private @Nullable ModelVocabularies vocabularies(OpenModels models, Set<OpenModel> merged) {
    if (recipe.tokenizer() == null) {
      return null;
    }
    ModelReference base = recipe.baseModel() != null ? recipe.baseModel() : recipe.slices().get(0).baseModel();
    ModelVocabularies vocabularies =
        ModelVocabularies.of(recipe, recipe.tokenizer(), models.all(), merged, base == null ? null : models.get(base), stacks, folders);
    warnings.addAll(vocabularies.plan().warnings());
    return vocabularies;
  }

  private @Nullable String chatTemplate(Set<OpenModel> merged) {
    if (recipe.chatTemplate() == null) {
      return null;
    }
    Optional<String> template = ChatTemplate.choose(recipe.chatTemplate(), merged.stream().map(OpenModel::folder).toList());
    if (template.isEmpty()) {
      warnings.add("chat_template: " + recipe.chatTemplate() + " finds none, since no model has a chat template");
    }
    return template.orElse(null);
  }

  private SliceInputs inputs(Slice slice, OpenModels models) {
    List<Input> listed = new ArrayList<>();
    for (Slice.Source source : slice.sources()) {
      OpenModel model = models.get(source.model());
      checkRange(source, model);
      listed.add(new Input(model, stacks.get(model), source, source.layers() == null ? 0 : source.layers().first()));
    }
    Input first = listed.get(0);
    int layers = first.source().layers() == null ? first.stack().layers() : first.source().layers().count();
    Input base = base(slice, models, listed);
    for (Input input : base == null ? listed : Stream.concat(listed.stream(), Stream.of(base)).toList()) {
      if (!input.stack().prefix().equals(first.stack().prefix())) {
        throw error(
            "the layers of model " + input.model() + " are called " + input.stack().prefix() + "*, those of model " + first.model() + " "
                + first.stack().prefix() + "*");
      }
      if (recipe.wholeModels() && input.stack().layers() != layers) {
        throw error(
            "model " + input.model() + " has " + input.stack().layers() + " layers, model " + first.model() + " has " + layers
                + "; `slices` can merge parts of them");
      }
    }
    return new SliceInputs(slice, listed, base, layers, new ParameterResolver(recipe, slice));
  }

  private void checkRange(Slice.Source source, OpenModel model) {
    int layers = stacks.get(model).layers();
    if (source.layers() != null && source.layers().end() > layers) {
      throw error("layer_range " + source.layers() + " of model " + model + " ends after its last layer: it has " + layers);
    }
  }

  /** A base that a slice does not list takes part with the layers that all of the slice's sources take. */
  private @Nullable Input base(Slice slice, OpenModels models, List<Input> listed) {
    ModelReference reference = recipe.baseOf(slice);
    if (reference == null) {
      return null;
    }
    OpenModel model = models.get(reference);
    for (Input input : listed) {
      if (input.model() == model) {
        return input;
      }
    }
    int firstLayer = listed.get(0).firstLayer();
    if (SliceInputs.readsBase(recipe)) {
      if (listed.stream().anyMatch(input -> input.firstLayer() != firstLayer)) {
        throw error(
            "the sources of a slice take different layers, so its base model " + model + " must be listed with the layers it takes");
      }
      Slice.Source first = listed.get(0).source();
      if (first.layers() != null && first.layers().end() > stacks.get(model).layers()) {
        throw error("the base model " + model + " has only " + stacks.get(model).layers() + " layers, a slice takes " + first.layers());
      }
    }
    return new Input(model, stacks.get(model), null, firstLayer);
  }

  private List<TensorPlan> tensors(List<SliceInputs> slices, @Nullable ModelVocabularies vocabularies) {
    TensorPlanner planner = new TensorPlanner(recipe, vocabularies, stacks, warnings::add);
    List<TensorPlan> tensors = new ArrayList<>();
    int firstLayer = 0;
    for (SliceInputs slice : slices) {
      for (int layer = 0; layer < slice.layers(); layer++) {
        int at = layer;
        int outputLayer = firstLayer + layer;
        for (String suffix : suffixes(slice, layer)) {
          String output = slice.listed().get(0).stack().name(outputLayer, suffix);
          Role role = Role.of(output, slice.listed().get(0).stack());
          tensors.add(planner.plan(slice, output, input -> input.layerTensor(at, suffix), role, slice.t(layer)));
        }
      }
      firstLayer += slice.layers();
    }
    SliceInputs first = slices.get(0);
    SliceInputs last = slices.get(slices.size() - 1);
    if (recipe.mode() == Mode.MERGEKIT) {
      last = last.truncated(first.listed().size());
    }
    boolean depth = recipe.gradientEnds() == Recipe.GradientEnds.DEPTH;
    for (String name : outside(first, last)) {
      Role role = Role.of(name, first.listed().get(0).stack());
      tensors.add(planner.plan(role.afterLayers() ? last : first, name, input -> name, role, role.afterLayers() && depth ? 1 : 0));
    }
    tensors.sort(Comparator.comparing(TensorPlan::name));
    return tensors;
  }

  /** What the tensors of a layer are called in any of the models that are read. */
  private Set<String> suffixes(SliceInputs slice, int layer) {
    Set<String> all = new TreeSet<>();
    for (Input input : slice.taking(recipe)) {
      all.addAll(suffixesOf(input).getOrDefault(input.firstLayer() + layer, List.of()));
    }
    return all;
  }

  private Map<Integer, List<String>> suffixesOf(Input input) {
    return suffixes.computeIfAbsent(
        input.model(),
        model -> {
          Map<Integer, List<String>> byLayer = new HashMap<>();
          for (TensorInfo info : model.checkpoint().tensors().values()) {
            input.stack().place(info.name()).ifPresent(
                place -> byLayer.computeIfAbsent(place.layer(), key -> new ArrayList<>()).add(place.suffix()));
          }
          return byLayer;
        });
  }

  /** The tensors outside the layers: those after the layers in the last slice's models, the others in the first's. */
  private Set<String> outside(SliceInputs first, SliceInputs last) {
    Set<String> names = new TreeSet<>();
    collectOutside(first, false, names);
    collectOutside(last, true, names);
    return names;
  }

  private void collectOutside(SliceInputs slice, boolean afterLayers, Set<String> names) {
    for (Input input : slice.taking(recipe)) {
      for (String name : input.stack().outside(input.model().checkpoint().tensors().keySet())) {
        if (Role.of(name, input.stack()).afterLayers() == afterLayers) {
          names.add(name);
        }
      }
    }
  }

  private MergeException error(String message) {
    return new MergeException(recipe.name() + ": " + message);
  }
}
