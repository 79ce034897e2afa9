package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;

/** One model's tensor as it is, or multiplied by {@code scale}: for stacking layers and for changing dtypes. */
public final class Passthrough implements MergeMethod {
  @Override
  public String name() {
    return "passthrough";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(new Parameter("scale", Parameter.Scope.MODEL, Parameter.Kind.NUMBER, Parameter.OPTIONAL));
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
    return 1;
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    ModelInput model = task.models().get(0);
    double scale = model.parameters().has("scale") ? model.parameters().number("scale") : 1;
    int source = model.source();
    if (scale == 1) {
      return Pass.output(tile -> copy(task, tile.output(), tile.input(source)));
    }
    DType type = task.sourceTypes().get(source);
    if (!type.floating()) {
      throw new MergeException(task.name() + ": a " + type.torchName() + " tensor cannot be scaled by " + scale);
    }
    // One product and one rounding in either mode: PyTorch multiplies by the float32 value of a number.
    Arithmetic arithmetic = task.mergekit() ? Arithmetic.F32 : task.arithmetic();
    double[] weight = {scale};
    return Pass.output(
        tile -> task.kernels().mergeLinear(tile.output(), List.of(tile.input(source)), null, weight, 1, arithmetic));
  }

  private static void copy(TensorTask task, Tensor output, Tensor input) {
    if (output.dtype() == input.dtype()) {
      output.buffer().put(input.buffer());
    } else {
      task.kernels().convert(output, input);
    }
  }
}
