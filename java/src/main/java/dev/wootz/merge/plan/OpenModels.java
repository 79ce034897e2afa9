package dev.wootz.merge.plan;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.LoraAdapter;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.tensor.Shape;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The models of a recipe, opened: a folder that several references share is opened once. Closing closes all. */
final class OpenModels implements AutoCloseable {
  private final String recipe;
  private final Map<ModelReference, OpenModel> models = new LinkedHashMap<>();
  private final Map<Path, Checkpoint> checkpoints = new HashMap<>();
  private final Map<Path, LoraAdapter> adapters = new HashMap<>();

  private OpenModels(String recipe) {
    this.recipe = recipe;
  }

  /** @param references distinct, in the order of their numbers */
  static OpenModels open(String recipe, Collection<ModelReference> references, ModelFolders folders) {
    OpenModels open = new OpenModels(recipe);
    try {
      for (ModelReference reference : references) {
        open.add(reference, folders);
      }
      return open;
    } catch (Throwable e) {
      open.close();
      throw e;
    }
  }

  private void add(ModelReference reference, ModelFolders folders) {
    String label = reference.toString();
    Path path = folders.find(reference.model(), "model \"" + reference.model() + "\"");
    Checkpoint checkpoint = checkpoints.get(path);
    if (checkpoint == null) {
      checkpoint = Checkpoint.open(path);
      checkpoints.put(path, checkpoint);
    }
    LoraAdapter adapter = null;
    if (reference.lora() != null) {
      Path adapterPath = folders.find(reference.lora(), "adapter \"" + reference.lora() + "\"");
      adapter = adapters.get(adapterPath);
      if (adapter == null) {
        adapter = LoraAdapter.open(adapterPath);
        adapters.put(adapterPath, adapter);
      }
      checkFits(adapter, checkpoint, label);
    }
    models.put(reference, new OpenModel(models.size(), reference, path, checkpoint, adapter, label));
  }

  /** Every tensor of the adapter must change a tensor of the model, and have its shape. */
  private void checkFits(LoraAdapter adapter, Checkpoint checkpoint, String label) {
    adapter.modules().forEach(
        (name, module) -> {
          Shape changed = Shape.of(module.b().shape().extent(0), module.a().shape().extent(1));
          TensorInfo replacement = adapter.replacements().get(name);
          Shape shape = replacement != null ? replacement.shape() : stored(checkpoint, name, label).shape();
          if (!shape.equals(changed)) {
            throw new MergeException(
                recipe + ": model " + label + ": the adapter's product for " + name + " has shape " + changed + ", the tensor has "
                    + shape);
          }
        });
    adapter.replacements().forEach(
        (name, replacement) -> {
          Shape shape = stored(checkpoint, name, label).shape();
          Shape other = replacement.shape();
          boolean resized = Role.of(name, new LayerStack("", 0)).perToken() && other.rank() == 2 && other.cols() == shape.cols();
          if (!other.equals(shape) && !resized) {
            throw new MergeException(
                recipe + ": model " + label + ": the adapter replaces " + name + " with shape " + other + ", the tensor has " + shape);
          }
        });
  }

  private TensorInfo stored(Checkpoint checkpoint, String name, String label) {
    TensorInfo info = checkpoint.tensors().get(name);
    if (info == null) {
      throw new MergeException(
          recipe + ": model " + label + ": the adapter changes " + name + ", which is no tensor of " + checkpoint.path());
    }
    return info;
  }

  OpenModel get(ModelReference reference) {
    return models.get(reference);
  }

  Set<OpenModel> get(Collection<ModelReference> references) {
    Set<OpenModel> found = new LinkedHashSet<>();
    references.forEach(reference -> found.add(get(reference)));
    return found;
  }

  List<OpenModel> all() {
    return List.copyOf(models.values());
  }

  @Override
  public void close() {
    adapters.values().forEach(LoraAdapter::close);
    checkpoints.values().forEach(Checkpoint::close);
  }
}
