package dev.wootz.merge.recipe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the output's layers: layer {@code i} of it is merged from layer {@code i} of each source's range.
 *
 * @param sources in recipe order
 * @param baseModel the recipe's base model unless the slice names its own
 * @param parameters what the slice sets for all of its sources, before what the module and the recipe set
 */
public record Slice(List<Source> sources, @Nullable ModelReference baseModel, ParameterSet parameters, Position position) {

  public Slice {
    sources = List.copyOf(sources);
  }

  /** @param layers null for all of the model's layers */
  public record Source(ModelReference model, @Nullable LayerRange layers, ParameterSet parameters, Position position) {}

  /** Layers {@code first} to {@code end - 1}. */
  public record LayerRange(int first, int end) {
    public int count() {
      return end - first;
    }

    @Override
    public String toString() {
      return "[" + first + ", " + end + "]";
    }
  }

  /** Whether a source of this slice is that model. */
  public boolean lists(ModelReference model) {
    return sources.stream().anyMatch(source -> source.model().equals(model));
  }
}
