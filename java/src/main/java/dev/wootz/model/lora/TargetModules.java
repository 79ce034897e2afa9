package dev.wootz.model.lora;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorInfo;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which modules {@code target_modules} of adapter_config.json names: a list of names or ends of names, a regular expression for whole names,
 * or "all-linear". Absent or null: any, as PEFT then has a list of its own for each architecture. Source: huggingface.co/docs/peft, LoraConfig.
 */
final class TargetModules {
  private final Path file;
  private final JsonNode found;
  private final Predicate<String> names;

  private TargetModules(Path file, JsonNode found) {
    this.file = file;
    this.found = found;
    this.names = names();
  }

  static TargetModules read(Path config) {
    return new TargetModules(config, JsonFiles.read(config).path("target_modules"));
  }

  private Predicate<String> names() {
    if (found.isMissingNode() || found.isNull() || found.isTextual() && found.textValue().equals("all-linear")) {
      return module -> true;
    }
    if (found.isTextual()) {
      try {
        return Pattern.compile(found.textValue()).asMatchPredicate();
      } catch (PatternSyntaxException e) {
        String problem = "found " + quote(found.textValue()) + " as target_modules, expected a regular expression: " + e.getDescription();
        throw new FormatException(Reason.ADAPTER_SETTING, file, null, problem, e);
      }
    }
    if (!found.isArray()) {
      throw setting(found);
    }
    for (JsonNode name : found) {
      if (!name.isTextual()) {
        throw setting(name);
      }
    }
    return module -> {
      for (JsonNode name : found) {
        if (module.equals(name.textValue()) || module.endsWith("." + name.textValue())) {
          return true;
        }
      }
      return false;
    };
  }

  private FormatException setting(JsonNode node) {
    return new FormatException(
        Reason.ADAPTER_SETTING, file, "found " + JsonFiles.kind(node) + " in target_modules, expected names, a regular expression or \"all-linear\"");
  }

  /** Throws for a tensor of a module that is not named: PEFT would leave it out. */
  void require(String weight, TensorInfo tensor) {
    String module = weight.substring(0, weight.length() - ".weight".length());
    if (!names.test(module)) {
      throw new FormatException(
          Reason.ADAPTER_TENSOR_UNKNOWN, tensor.file(), tensor.name(),
          "its module " + quote(module) + " is not among target_modules of " + file.getFileName() + ", " + quote(found.toString()));
    }
  }
}
