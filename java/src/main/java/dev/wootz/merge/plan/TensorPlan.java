package dev.wootz.merge.plan;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.util.List;

/**
 * How one tensor of the output is made.
 *
 * @param shape of the output and, with the vocabulary's changes, of every source
 * @param method the recipe's; passthrough for a tensor that is only carried along
 * @param sources what is read
 * @param models the listed models, by source
 * @param base source number of the base model, -1 for none
 * @param parameters those that hold for the whole tensor
 * @param lenders where sources have row plans: the same matrix of the other models that rows may come from
 */
public record TensorPlan(
    String name,
    Shape shape,
    DType outputType,
    MergeMethod method,
    List<SourcePlan> sources,
    List<TensorTask.ModelInput> models,
    int base,
    Parameters parameters,
    List<SourcePlan> lenders) {

  public TensorPlan {
    sources = List.copyOf(sources);
    models = List.copyOf(models);
    lenders = List.copyOf(lenders);
  }

  public long bytesToRead() {
    return sources.stream().mapToLong(SourcePlan::bytesToRead).sum();
  }

  public long bytesToWrite() {
    return shape.elements() * outputType.bytes();
  }
}
