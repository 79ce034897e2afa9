package dev.wootz.merge.plan;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.vocabulary.VocabularyPlan;
import dev.wootz.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Sources of one shape. Where shapes differ, that is an error; {@link Mode#MERGEKIT} cuts vocabularies to their common part (task
 * arithmetic: to the base's) and leaves out models whose other tensors differ from the base's, as mergekit does.
 *
 * @param kept numbers of the sources that remain
 * @param sources those sources
 */
record ShapeFit(List<Integer> kept, List<SourcePlan> sources) {
  /** @param base source number of the base, -1 for none */
  static ShapeFit of(Recipe recipe, String output, Role role, List<SourcePlan> sources, int base, Consumer<String> warn) {
    List<Integer> all = IntStream.range(0, sources.size()).boxed().toList();
    SourcePlan measure = sources.get(Math.max(base, 0));
    SourcePlan other = sources.stream().filter(source -> !source.shape().equals(measure.shape())).findFirst().orElse(null);
    if (other == null) {
      return new ShapeFit(all, sources);
    }
    boolean vocabulary = role.perToken() && sources.stream().allMatch(source -> sameRow(source.shape(), measure.shape()));
    boolean followsBase = MergekitMethods.followsBase(recipe.method().name());
    if (recipe.mode() == Mode.MERGEKIT) {
      if (vocabulary && (followsBase || MergekitMethods.cutsToCommon(recipe.method().name()))) {
        return cut(recipe, output, all, sources, followsBase ? base : -1, warn);
      }
      if (!vocabulary && followsBase) {
        return withoutMisfits(recipe, output, sources, base, warn);
      }
    }
    throw new MergeException(
        recipe.name() + ": tensor " + output + " has shape " + measure.shape() + " in model " + measure.model() + " and " + other.shape()
            + " in model " + other.model()
            + (vocabulary ? ": the vocabularies differ; `tokenizer_source: union` (or base, or a model) makes them one" : ""));
  }

  /** Sources whose rows will be put in the order of one vocabulary: only the rows' length must agree. */
  static ShapeFit rebuilt(Recipe recipe, String output, List<SourcePlan> sources, VocabularyPlan vocabulary) {
    requireEqualRows(recipe, output, sources.get(0), sources);
    List<Integer> all = IntStream.range(0, sources.size()).boxed().toList();
    return new ShapeFit(all, sources.stream().map(source -> source.withRows(vocabulary.rows(source.model().index()))).toList());
  }

  static void requireEqualRows(Recipe recipe, String output, SourcePlan measure, List<SourcePlan> others) {
    for (SourcePlan other : others) {
      if (!sameRow(measure.shape(), other.shape())) {
        throw new MergeException(
            recipe.name() + ": tensor " + output + " has shape " + measure.shape() + " in model " + measure.model() + " and "
                + other.shape() + " in model " + other.model() + ": their rows cannot stand in one vocabulary");
      }
    }
  }

  private static boolean sameRow(Shape a, Shape b) {
    return a.rank() == 2 && b.rank() == 2 && a.cols() == b.cols();
  }

  private static ShapeFit cut(
      Recipe recipe, String output, List<Integer> all, List<SourcePlan> sources, int base, Consumer<String> warn) {
    long least = sources.stream().mapToLong(source -> source.shape().extent(0)).min().orElseThrow();
    long rows = base < 0 ? least : sources.get(base).shape().extent(0);
    if (rows > least) {
      SourcePlan short_ = sources.stream().filter(source -> source.shape().extent(0) == least).findFirst().orElseThrow();
      throw new MergeException(
          recipe.name() + ": tensor " + output + " has " + rows + " rows in the base " + sources.get(base).model() + " and only " + least
              + " in model " + short_.model() + ", which mergekit cannot merge either; `tokenizer_source` makes the vocabularies one");
    }
    warn.accept("tensor " + output + ": the vocabularies differ; only the first " + rows + " rows are merged, as in mergekit");
    return new ShapeFit(all, sources.stream().map(source -> source.firstRows(rows)).toList());
  }

  private static ShapeFit withoutMisfits(Recipe recipe, String output, List<SourcePlan> sources, int base, Consumer<String> warn) {
    List<Integer> kept = new ArrayList<>();
    Shape shape = sources.get(base).shape();
    for (int i = 0; i < sources.size(); i++) {
      if (sources.get(i).shape().equals(shape)) {
        kept.add(i);
      } else {
        warn.accept(
            "tensor " + output + ": model " + sources.get(i).model() + " has shape " + sources.get(i).shape() + " where the base has "
                + shape + "; it is left out of this tensor, as in mergekit");
      }
    }
    return new ShapeFit(kept, kept.stream().map(sources::get).toList());
  }
}
