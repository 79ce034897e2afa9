package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values that a recipe gives to the tensors of one slice: what a model's entry says comes before what its slice says, then the module,
 * then the recipe, then the method's default. On each level the first rule whose filter fits the tensor's name decides; when none fits, the
 * next level is asked.
 */
public final class ParameterResolver {
  private final Recipe recipe;
  private final Slice slice;
  private final ParameterSet outer;
  private final Map<Slice.Source, ParameterSet> perSource = new HashMap<>();

  public ParameterResolver(Recipe recipe, Slice slice) {
    this.recipe = recipe;
    this.slice = slice;
    this.outer = slice.parameters().within(recipe.parameters());
    slice.sources().forEach(source -> perSource.put(source, source.parameters().within(outer)));
  }

  /**
   * The parameters that hold for the whole tensor.
   *
   * @param output the output tensor's name, which filters are compared with
   * @param t place in the slice's layers, 0 for the first and 1 for the last
   */
  public Parameters global(String output, double t) {
    return resolve(Parameter.Scope.GLOBAL, outer, output, t, output, null);
  }

  /**
   * One model's parameters.
   *
   * @param input the name of the model's tensor, which filters are compared with
   * @param output the output tensor's name, for messages
   */
  public Parameters model(Slice.Source source, String input, String output, double t) {
    return resolve(Parameter.Scope.MODEL, perSource.getOrDefault(source, outer), input, t, output, source.model());
  }

  private Parameters resolve(
      Parameter.Scope scope, ParameterSet set, String tensor, double t, String output, @Nullable ModelReference model) {
    MergeMethod method = recipe.method();
    Map<String, Object> values = new HashMap<>();
    for (Parameter parameter : method.parameters()) {
      if (parameter.scope() != scope) {
        continue;
      }
      ParameterValue given = set.get(parameter.name());
      Object value = given == null ? null : given.at(tensor, t).orElse(null);
      if (value == null) {
        value = parameter.fallback();
      }
      if (value == null && (model == null || !RecipeChecks.exempt(method, model, recipe.baseOf(slice)))) {
        throw new RecipeException(
            recipe.name(),
            slice.position(),
            method.name() + " needs the parameter `" + parameter.name() + "`" + (model == null ? "" : " for model " + model) + " at tensor "
                + output + (given == null ? "" : ": no filter fits " + tensor));
      }
      if (value != null && value != Parameter.OPTIONAL) {
        values.put(parameter.name(), value);
      }
    }
    return values.isEmpty() ? Parameters.NONE : new Parameters(values);
  }
}
