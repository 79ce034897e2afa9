package dev.wootz.merge.method;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.method.TaskVectors.Rescale;
import java.util.ArrayList;
import java.util.List;

/**
 * Generalised task arithmetic: d_i = x_i - base, trimmed by a rule of each method, then
 *
 * <pre>
 * out = base + lambda * (sum_i w_i m_i d_i) / (sum_i w_i m_i)
 * </pre>
 *
 * <p>The division is made only with {@code normalize}. With sign consensus (TIES, arXiv 2306.01708) m_i is, element by element, 1 where
 * w_i d_i has the sign of sum_i w_i d_i (0 counts as positive) and 0 elsewhere; without it m_i is 1. So with {@code normalize}, consensus
 * and one model left at an element, that model's weight cancels.
 */
abstract class TaskVectorMethod implements MergeMethod {
  private final String name;
  private final boolean consensus;
  private final List<Parameter> parameters;

  /**
   * @param normalize default of that parameter
   * @param rescale default of that parameter: make up for what the trim took away
   * @param own parameters beside those that all these methods take
   */
  TaskVectorMethod(String name, boolean consensus, boolean normalize, boolean rescale, Parameter... own) {
    this.name = name;
    this.consensus = consensus;
    List<Parameter> all = new ArrayList<>();
    all.add(Parameter.model("weight", null));
    all.add(Parameter.model("density", 1.0).between(0, 1));
    all.addAll(List.of(own));
    all.add(Parameter.global("lambda", 1.0));
    all.add(Parameter.flag("normalize", normalize));
    all.add(Parameter.flag("rescale", rescale));
    all.add(Parameter.flag("int8_mask", false)); // about mergekit's memory; changes no number
    this.parameters = List.copyOf(all);
  }

  /** The passes that decide which elements of the deltas stay, and then sum what stays. */
  abstract Pass trim(TaskVectors vectors);

  /** Whether chance decides what stays. */
  boolean random() {
    return false;
  }

  /** How {@code rescale} is to be understood. */
  Rescale rescale(Parameters parameters, Mode mode) {
    return Rescale.L1;
  }

  /** Throws {@link MergeException} for values that the trim cannot work with. */
  void check(ModelInput model, Mode mode) {}

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public final BaseModel baseModel() {
    return BaseModel.REQUIRED;
  }

  @Override
  public final int minModels() {
    return 1;
  }

  @Override
  public final int maxModels() {
    return Integer.MAX_VALUE;
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public final void check(Parameters parameters, List<ModelInput> models, Mode mode) {
    finite("lambda", parameters.number("lambda"), "the recipe");
    for (ModelInput model : models) {
      if (model.parameters().has("weight")) { // a listed base has none
        finite("weight", model.parameters().number("weight"), "model " + model.label());
        finite("density", density(model), "model " + model.label());
        check(model, mode);
      }
    }
  }

  private static void finite(String parameter, double value, String where) {
    if (!Double.isFinite(value)) {
      throw new MergeException(parameter + " of " + where + " is " + value + ", expected a finite number");
    }
  }

  @Override
  public final Pass start(TensorTask task) {
    check(task.parameters(), task.others(), task.mode());
    boolean rescales = task.parameters().flag("rescale");
    Rescale rescale = rescales ? rescale(task.parameters(), task.mode()) : Rescale.NONE;
    return trim(new TaskVectors(task, consensus, random(), rescale));
  }

  static double density(ModelInput model) {
    return model.parameters().number("density");
  }
}
