package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import java.util.List;

/** Weighted average, or with {@code normalize: false} weighted sum, of the models ("model soup", arXiv 2203.05482). */
public final class Linear implements MergeMethod {
  @Override
  public String name() {
    return "linear";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.model("weight", null), Parameter.flag("normalize", true));
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.DONOR;
  }

  @Override
  public int minModels() {
    return 1;
  }

  @Override
  public int maxModels() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void check(Parameters parameters, List<ModelInput> models, Mode mode) {
    if (parameters.flag("normalize")) {
      Weights.checkSum(models);
    }
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    int[] sources = Weights.sources(task.models());
    boolean normalize = task.parameters().flag("normalize");
    if (normalize) {
      Weights.checkSum(task, task.models());
    }
    double[] given = Weights.of(task.models());
    double[] weights = normalize && !task.mergekit() ? Weights.normalized(given) : given;
    double divisor = normalize && task.mergekit() ? new TorchScalars(task).sum(given) : 1;
    return Pass.output(
        tile -> task.kernels().mergeLinear(tile.output(), SumPass.inputs(tile, sources), null, weights, divisor, task.arithmetic()));
  }
}
