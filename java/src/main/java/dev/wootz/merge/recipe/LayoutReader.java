package dev.wootz.merge.recipe;

import dev.wootz.merge.recipe.Slice.LayerRange;
import dev.wootz.merge.recipe.Slice.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is merged: {@code models}, {@code slices}, or {@code modules} with one of the two inside. */
final class LayoutReader {
  private static final List<String> LAYOUTS = List.of("models", "slices", "modules");
  private static final List<String> MODULE_KEYS = List.of("models", "slices", "parameters");
  private static final List<String> MODEL_KEYS = List.of("model", "parameters");
  private static final List<String> SLICE_KEYS = List.of("sources", "base_model", "parameters");
  private static final List<String> SOURCE_KEYS = List.of("model", "layer_range", "parameters");

  /** More layers than any model has; keeps sums of layer counts in range. */
  private static final int MAX_LAYERS = 100_000;

  private final Reading reading;
  private final ReferenceReader references;
  private final ParameterReader parameters;

  /** @param parameters of the module, if there is one */
  record Layout(List<Slice> slices, ParameterSet parameters) {}

  LayoutReader(Reading reading, ReferenceReader references, ParameterReader parameters) {
    this.reading = reading;
    this.references = references;
    this.parameters = parameters;
  }

  Layout read(Map<String, YamlNode> keys, YamlNode parent) {
    checkOne(keys, LAYOUTS, parent, "the recipe");
    YamlNode modules = keys.get("modules");
    if (modules == null) {
      return new Layout(slices(keys), ParameterSet.NONE);
    }
    List<YamlNode.Entry> entries = modules.entries("`modules`");
    if (entries.size() != 1) {
      throw modules.error("`modules` must name exactly one module (models of several parts are not merged), found " + entries.size());
    }
    YamlNode module = entries.get(0).value();
    String what = "module `" + YamlNode.shortened(entries.get(0).key()) + "`";
    Map<String, YamlNode> moduleKeys = reading.keys(module, what, MODULE_KEYS);
    checkOne(moduleKeys, List.of("models", "slices"), module, what);
    return new Layout(slices(moduleKeys), parameters(moduleKeys, false, "the parameters of " + what));
  }

  private static void checkOne(Map<String, YamlNode> keys, List<String> layouts, YamlNode parent, String what) {
    List<String> found = layouts.stream().filter(keys::containsKey).toList();
    if (found.isEmpty()) {
      throw parent.error(what + " needs one of `" + String.join("`, `", layouts) + "`");
    }
    if (found.size() > 1) {
      throw keys.get(found.get(1)).error("`" + found.get(0) + "` and `" + found.get(1) + "` exclude each other");
    }
  }

  private List<Slice> slices(Map<String, YamlNode> keys) {
    YamlNode models = keys.get("models");
    if (models != null) {
      List<Source> sources = new ArrayList<>();
      for (YamlNode item : nonEmpty(models, "`models`")) {
        sources.add(source(item, MODEL_KEYS, "an entry of `models`"));
      }
      return List.of(new Slice(sources, null, ParameterSet.NONE, models.position()));
    }
    List<Slice> slices = new ArrayList<>();
    for (YamlNode item : nonEmpty(keys.get("slices"), "`slices`")) {
      slices.add(slice(item, "slice " + (slices.size() + 1)));
    }
    return slices;
  }

  private Slice slice(YamlNode node, String what) {
    Map<String, YamlNode> keys = reading.keys(node, what, SLICE_KEYS);
    List<Source> sources = new ArrayList<>();
    for (YamlNode item : nonEmpty(Reading.required(keys, "sources", node, what), "`sources` of " + what)) {
      sources.add(source(item, SOURCE_KEYS, "a source of " + what));
    }
    YamlNode base = keys.get("base_model");
    return new Slice(
        sources,
        base == null ? null : references.read(base, "`base_model` of " + what),
        parameters(keys, false, "the parameters of " + what),
        node.position());
  }

  private Source source(YamlNode node, List<String> valid, String what) {
    if (node.isScalar()) {
      throw node.error(what + " must be a mapping, found " + node + "; write `- model: " + YamlNode.shortened(node.text(what)) + "`");
    }
    Map<String, YamlNode> keys = reading.keys(node, what, valid);
    ModelReference model = references.read(Reading.required(keys, "model", node, what), "`model` of " + what);
    LayerRange layers = null;
    if (valid.contains("layer_range")) {
      layers = layers(Reading.required(keys, "layer_range", node, what), "`layer_range` of model " + model);
    }
    return new Source(model, layers, parameters(keys, true, "the parameters of model " + model), node.position());
  }

  private static LayerRange layers(YamlNode node, String what) {
    List<YamlNode> ends = node.items(what);
    if (ends.size() != 2) {
      throw node.error(what + " must be [first, end], found " + ends.size() + " values");
    }
    int first = (int) YamlScalars.whole(ends.get(0), what, 0, MAX_LAYERS);
    int end = (int) YamlScalars.whole(ends.get(1), what, 0, MAX_LAYERS);
    if (first >= end) {
      throw node.error(what + " is [" + first + ", " + end + "], which has no layers; the end is not included");
    }
    return new LayerRange(first, end);
  }

  private ParameterSet parameters(Map<String, YamlNode> keys, boolean perModel, String what) {
    @Nullable YamlNode node = keys.get("parameters");
    return node == null ? ParameterSet.NONE : parameters.read(node, perModel, what);
  }

  private static List<YamlNode> nonEmpty(YamlNode node, String what) {
    List<YamlNode> items = node.items(what);
    if (items.isEmpty()) {
      throw node.error(what + " is an empty list");
    }
    return items;
  }
}
