package dev.wootz.merge.recipe;

import dev.wootz.merge.recipe.ModelReference.Part;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Model references: {@code path[@revision][+lora[@revision]]}, or a mapping of the same parts. */
final class ReferenceReader {
  private static final List<String> KEYS = List.of("model", "lora", "override_architecture");
  private static final List<String> PART_KEYS = List.of("path", "revision");

  private final Reading reading;

  ReferenceReader(Reading reading) {
    this.reading = reading;
  }

  ModelReference read(YamlNode node, String what) {
    if (!node.isMapping()) {
      try {
        return ModelReference.parse(node.text(what));
      } catch (IllegalArgumentException e) {
        throw node.error(what + ": " + e.getMessage());
      }
    }
    Map<String, YamlNode> keys = reading.keys(node, what, KEYS);
    Part model = part(Reading.required(keys, "model", node, what), what);
    Part lora = keys.containsKey("lora") ? part(keys.get("lora"), "the adapter of " + what) : null;
    YamlNode architecture = keys.get("override_architecture");
    return new ModelReference(model, lora, architecture == null ? null : architecture.text("override_architecture"));
  }

  private Part part(YamlNode node, String what) {
    if (!node.isMapping()) {
      try {
        Part part = Part.parse(node.text(what));
        return new Part(checkedPath(part.path(), node, what), part.revision());
      } catch (IllegalArgumentException e) {
        throw node.error(what + ": " + e.getMessage());
      }
    }
    Map<String, YamlNode> keys = reading.keys(node, what, PART_KEYS);
    YamlNode path = Reading.required(keys, "path", node, what);
    return new Part(checkedPath(path.text("the path of " + what), path, what), revision(keys.get("revision")));
  }

  private static @Nullable String revision(@Nullable YamlNode node) {
    return node == null ? null : node.text("revision");
  }

  private static String checkedPath(String path, YamlNode node, String what) {
    if (path.isBlank()) {
      throw node.error("the path of " + what + " is empty");
    }
    return path;
  }
}
