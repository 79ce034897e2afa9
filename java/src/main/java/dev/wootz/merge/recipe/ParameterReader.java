package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.method.Methods;
import dev.wootz.merge.recipe.ParameterValue.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The {@code parameters} of a method: their names, kinds and ranges are checked while they are read. */
final class ParameterReader {
  private static final List<String> RULE_KEYS = List.of("filter", "value");

  private final Reading reading;
  private final MergeMethod method;

  ParameterReader(Reading reading, MergeMethod method) {
    this.reading = reading;
    this.method = method;
  }

  /**
   * @param perModel whether the parameters belong to one model, so that values for whole tensors have no meaning there
   * @param what {@code the parameters of model A}
   */
  ParameterSet read(YamlNode node, boolean perModel, String what) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (YamlNode.Entry entry : node.entries(what)) {
      Parameter parameter = known(entry, what);
      if (parameter == null) {
        continue;
      }
      if (perModel && parameter.scope() == Parameter.Scope.GLOBAL) {
        reading.ignored(
            entry.position(),
            "`" + parameter.name() + "` in " + what + ": " + method.name() + " takes one " + parameter.name()
                + " for all models; it belongs in the recipe's own `parameters`");
        continue;
      }
      values.put(parameter.name(), value(entry.value(), parameter, "`" + parameter.name() + "` in " + what));
    }
    return new ParameterSet(values);
  }

  private Parameter known(YamlNode.Entry entry, String what) {
    String name = entry.key();
    for (Parameter parameter : method.parameters()) {
      if (parameter.name().equals(name)) {
        return parameter;
      }
    }
    List<String> valid = method.parameters().stream().map(Parameter::name).toList();
    String takes = method.name() + " takes " + (valid.isEmpty() ? "no parameters" : String.join(", ", valid));
    String shown = "`" + YamlNode.shortened(name) + "`";
    TreeSet<String> ofAnyMethod = new TreeSet<>();
    Methods.all().forEach(other -> other.parameters().forEach(parameter -> ofAnyMethod.add(parameter.name())));
    if (ofAnyMethod.contains(name)) {
      reading.ignored(entry.position(), shown + " in " + what + ": " + takes + ", not `" + name + "`");
    } else {
      reading.ignored(
          entry.position(),
          "unknown parameter " + shown + " in " + what
              + NearestName.of(name, valid).map(nearest -> "; did you mean `" + nearest + "`?").orElse("; " + takes));
    }
    return null;
  }

  /** A scalar, a gradient, or a list of {@code {filter, value}}. */
  ParameterValue value(YamlNode node, Parameter parameter, String what) {
    if (!node.isSequence() || node.items(what).stream().noneMatch(YamlNode::isMapping)) {
      return new ParameterValue(List.of(new Rule(null, steps(node, parameter, what), node.position())));
    }
    List<Rule> rules = new ArrayList<>();
    for (YamlNode item : node.items(what)) {
      if (!item.isMapping()) {
        throw item.error(what + " mixes plain values with {filter, value} entries");
      }
      Map<String, YamlNode> keys = reading.keys(item, "an entry of " + what, RULE_KEYS);
      YamlNode filter = keys.get("filter");
      YamlNode value = Reading.required(keys, "value", item, "an entry of " + what);
      rules.add(new Rule(filter == null ? null : filter.text("the filter of " + what), steps(value, parameter, what), value.position()));
    }
    return new ParameterValue(rules);
  }

  private List<Object> steps(YamlNode node, Parameter parameter, String what) {
    if (node.isMapping()) {
      throw node.error(what + " must be a value, a list of values, or a list of {filter, value}, found a mapping");
    }
    if (!node.isSequence()) {
      return List.of(scalar(node, parameter, what));
    }
    List<Object> steps = new ArrayList<>();
    for (YamlNode item : node.items(what)) {
      if (item.isMapping() || item.isSequence()) {
        throw item.error("a gradient of " + what + " must be a list of plain values, found " + item);
      }
      steps.add(scalar(item, parameter, what));
    }
    if (steps.isEmpty()) {
      throw node.error(what + " is an empty list");
    }
    return steps;
  }

  private Object scalar(YamlNode node, Parameter parameter, String what) {
    return switch (parameter.kind()) {
      case FLAG -> YamlScalars.flag(node, what);
      case CHOICE -> {
        String word = node.text(what);
        if (!parameter.choices().contains(word)) {
          throw node.error(
              what + " must be one of " + String.join(", ", parameter.choices()) + ", found " + node
                  + NearestName.suggestion(word, parameter.choices()));
        }
        yield word;
      }
      case NUMBER -> {
        double number = YamlScalars.number(node, what);
        if (number < parameter.least()) {
          throw node.error(what + " must be " + range(parameter) + ", found " + node);
        }
        if (number > parameter.most()) {
          reading.tolerated(node.position(), what + " must be " + range(parameter) + ", found " + node);
        }
        yield number;
      }
    };
  }

  private static String range(Parameter parameter) {
    if (parameter.most() == Double.POSITIVE_INFINITY) {
      return "at least " + plain(parameter.least());
    }
    if (parameter.least() == Double.NEGATIVE_INFINITY) {
      return "at most " + plain(parameter.most());
    }
    return "from " + plain(parameter.least()) + " to " + plain(parameter.most());
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15 ? Long.toString((long) number) : Double.toString(number);
  }
}
