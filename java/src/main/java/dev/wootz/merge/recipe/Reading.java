package dev.wootz.merge.recipe;

import dev.wootz.merge.Mode;
import dev.wootz.merge.method.Methods;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The state of reading one recipe: how strict, and what has been let pass. */
final class Reading {
  private final String source;
  private final Mode mode;
  private final List<String> warnings = new ArrayList<>();

  Reading(String source, Mode mode) {
    this.source = source;
    this.mode = mode;
  }

  String source() {
    return source;
  }

  Mode mode() {
    return mode;
  }

  List<String> warnings() {
    return warnings;
  }

  /** What mergekit ignores: an error, in mergekit's mode a warning. */
  void ignored(Position position, String message) {
    lenient(position, message, " (ignored, as in mergekit)");
  }

  /** What mergekit takes as it is: an error, in mergekit's mode a warning. */
  void tolerated(Position position, String message) {
    lenient(position, message, " (taken as it is, as in mergekit)");
  }

  private void lenient(Position position, String message, String otherwise) {
    if (mode == Mode.WOOTZ) {
      throw new RecipeException(source, position, message);
    }
    warnings.add(RecipeException.printable(source, position, message + otherwise));
  }

  /** The entries of a mapping that have a value, by key; keys that are not valid there are refused. */
  Map<String, YamlNode> keys(YamlNode node, String what, List<String> valid) {
    Map<String, YamlNode> keys = new LinkedHashMap<>();
    for (YamlNode.Entry entry : node.entries(what)) {
      if (!valid.contains(entry.key())) {
        ignored(entry.position(), "unknown key `" + YamlNode.shortened(entry.key()) + "` in " + what + hint(entry.key(), valid));
      } else if (!entry.value().isNull()) {
        keys.put(entry.key(), entry.value());
      }
    }
    return keys;
  }

  /** The nearest valid key; for a parameter outside {@code parameters} where it belongs. */
  private static String hint(String key, List<String> valid) {
    Optional<String> nearest = NearestName.of(key, valid);
    if (nearest.isPresent()) {
      return "; did you mean `" + nearest.get() + "`?";
    }
    if (valid.contains("parameters")) {
      Set<String> parameters = new TreeSet<>();
      Methods.all().forEach(method -> method.parameters().forEach(parameter -> parameters.add(parameter.name())));
      Optional<String> parameter = NearestName.of(key, parameters);
      if (parameter.isPresent()) {
        return "; `" + parameter.get() + "` is a parameter and belongs under `parameters`";
      }
    }
    return "; valid are " + String.join(", ", valid);
  }

  static YamlNode required(Map<String, YamlNode> keys, String key, YamlNode parent, String what) {
    YamlNode value = keys.get(key);
    if (value == null) {
      throw parent.error(what + " needs `" + key + "`");
    }
    return value;
  }
}
