package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.method.Methods;
import dev.wootz.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads recipes: mergekit's YAML, and Wootz's own keys {@code compat}, {@code seed}, {@code rescale_mode}, {@code nuslerp_axis} and
 * {@code gradient_ends}. Everything that needs no model is checked; the first fault is thrown as a {@link RecipeException} with its place.
 */
public final class RecipeReader {
  private static final List<String> KEYS =
      List.of(
          "merge_method", "models", "slices", "modules", "base_model", "parameters", "dtype", "out_dtype", "tokenizer_source", "tokenizer",
          "chat_template", "compat", "seed", "rescale_mode", "nuslerp_axis", "gradient_ends");

  /** Top-level keys that are parameters of some methods. */
  private static final List<String> PARAMETER_KEYS = List.of("rescale_mode", "nuslerp_axis");

  private static final List<DType> DTYPES = List.of(DType.BF16, DType.F16, DType.F32);

  private RecipeReader() {}

  public static Recipe read(Path file) {
    return read(file, null);
  }

  /** @param mode overrules the recipe's {@code compat}; null leaves it to the recipe */
  public static Recipe read(Path file, @Nullable Mode mode) {
    String name = String.valueOf(file.getFileName());
    byte[] bytes;
    try {
      if (Files.isRegularFile(file) && Files.size(file) > 4L * YamlText.MAX_CHARACTERS) {
        throw new RecipeException(name, Position.NONE, "a file of " + Files.size(file) + " bytes is no recipe");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new RecipeException(file.toString(), Position.NONE, "there is no such file");
    } catch (IOException e) {
      throw new RecipeException(file.toString(), Position.NONE, "the file cannot be read: " + e.getMessage());
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes)).toString();
      return parse(text, name, mode);
    } catch (CharacterCodingException e) {
      throw new RecipeException(name, Position.NONE, "a recipe is UTF-8 text; this file is not");
    }
  }

  public static Recipe parse(String text, String name) {
    return parse(text, name, null);
  }

  /**
   * @param name what to call the recipe in messages
   * @param mode overrules the recipe's {@code compat}; null leaves it to the recipe
   */
  public static Recipe parse(String text, String name, @Nullable Mode mode) {
    YamlNode root = YamlText.parse(text.startsWith("\uFEFF") ? text.substring(1) : text, name);
    if (!root.isMapping()) {
      throw root.error("a recipe must be a mapping of keys to values, found " + root);
    }
    Mode effective = mode != null ? mode : compat(root);
    Reading reading = new Reading(name, effective);
    Map<String, YamlNode> keys = reading.keys(root, "the recipe", KEYS);
    MergeMethod method = method(Reading.required(keys, "merge_method", root, "the recipe"));
    ReferenceReader references = new ReferenceReader(reading);
    ParameterReader parameters = new ParameterReader(reading, method);
    LayoutReader.Layout layout = new LayoutReader(reading, references, parameters).read(keys, root);
    YamlNode globalNode = keys.get("parameters");
    ParameterSet global = globalNode == null ? ParameterSet.NONE : parameters.read(globalNode, false, "`parameters`");
    Recipe recipe =
        new Recipe(
            name,
            text,
            method,
            layout.slices(),
            keys.containsKey("base_model") ? references.read(keys.get("base_model"), "`base_model`") : null,
            layout.parameters().within(topLevel(keys, reading, parameters, method, global)).within(global),
            dtype(keys.get("dtype"), "dtype"),
            dtype(keys.get("out_dtype"), "out_dtype"),
            new TokenizerReader(reading).read(keys.get("tokenizer_source"), keys.get("tokenizer")),
            ChatTemplateKey.read(keys.get("chat_template")),
            effective,
            seed(keys.get("seed")),
            gradientEnds(keys.get("gradient_ends")),
            reading.warnings());
    return RecipeChecks.check(recipe);
  }

  private static MergeMethod method(YamlNode node) {
    String name = node.text("`merge_method`");
    return Methods.byName(name)
        .orElseThrow(
            () -> {
              List<String> names = Methods.all().stream().map(MergeMethod::name).toList();
              String suggestion = NearestName.suggestion(name, names);
              return node.error("there is no merge method " + node + suggestion + "; methods: " + String.join(", ", names));
            });
  }

  /** Before anything else: how strictly the rest is read depends on it. */
  private static Mode compat(YamlNode root) {
    for (YamlNode.Entry entry : root.entries("the recipe")) {
      if (entry.key().equals("compat") && !entry.value().isNull()) {
        if (!entry.value().text("`compat`").equals("mergekit")) {
          throw entry.value().error("`compat` can only be mergekit, found " + entry.value());
        }
        return Mode.MERGEKIT;
      }
    }
    return Mode.WOOTZ;
  }

  /** Parameters that are keys of the top level. */
  private static ParameterSet topLevel(
      Map<String, YamlNode> keys, Reading reading, ParameterReader parameters, MergeMethod method, ParameterSet global) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (String key : PARAMETER_KEYS) {
      YamlNode node = keys.get(key);
      if (node == null) {
        continue;
      }
      if (global.get(key) != null) {
        throw node.error("`" + key + "` is given twice: here and in `parameters`");
      }
      Parameter parameter = method.parameters().stream().filter(each -> each.name().equals(key)).findFirst().orElse(null);
      if (parameter == null) {
        reading.ignored(node.position(), "`" + key + "` has no meaning for " + method.name());
      } else {
        values.put(key, parameters.value(node, parameter, "`" + key + "`"));
      }
    }
    return new ParameterSet(values);
  }

  private static @Nullable DType dtype(@Nullable YamlNode node, String key) {
    if (node == null) {
      return null;
    }
    String name = node.text("`" + key + "`");
    DType type = DType.byTorchName(name).orElse(null);
    if (type == null || !DTYPES.contains(type)) {
      List<String> names = DTYPES.stream().map(DType::torchName).toList();
      throw node.error(
          "`" + key + "` must be one of " + String.join(", ", names) + ", found " + node
              + NearestName.suggestion(name.toLowerCase(Locale.ROOT), names));
    }
    return type;
  }

  private static OptionalLong seed(@Nullable YamlNode node) {
    return node == null ? OptionalLong.empty() : OptionalLong.of(YamlScalars.whole(node, "`seed`", Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static Recipe.GradientEnds gradientEnds(@Nullable YamlNode node) {
    if (node == null) {
      return Recipe.GradientEnds.FIRST;
    }
    return switch (node.text("`gradient_ends`")) {
      case "first" -> Recipe.GradientEnds.FIRST;
      case "depth" -> Recipe.GradientEnds.DEPTH;
      default -> throw node.error("`gradient_ends` must be first or depth, found " + node);
    };
  }
}
