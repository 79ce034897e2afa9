package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import java.util.List;

/**
 * Moves the base towards a model where the two are close: w x + (1 - w) base with w = clamp(t / max(|base - x|, 1e-6), 0, 1), so that
 * no element moves by more than {@code t}.
 */
public final class NearSwap implements MergeMethod {
  @Override
  public String name() {
    return "nearswap";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.global("t", null));
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.REQUIRED;
  }

  @Override
  public int minModels() {
    return 1;
  }

  @Override
  public int maxModels() {
    return 1;
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    int model = task.others().get(0).source();
    double t = task.parameters().number("t");
    return Pass.output(
        tile -> task.kernels().mergeNearswap(tile.output(), tile.input(model), tile.input(task.base()), t, task.arithmetic()));
  }
}
