package dev.wootz.merge.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.tokenizer.TokenizerJson;
import dev.wootz.tokenizer.TokenizerJson.ModelType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary of a merge: the output's tokenizer, and for each input the rows of its embedding matrix (and output projection) in the
 * order of the output's ids. Immutable.
 */
public final class VocabularyPlan {
  private final TokenizerJson tokenizer;
  private final int rows;
  private final @Nullable RowPlan[] plans;
  private final int @Nullable [][] outputIds;
  private final TokenizerFiles files;
  private final List<String> warnings;

  private VocabularyPlan(
      TokenizerJson tokenizer,
      int rows,
      @Nullable RowPlan[] plans,
      int @Nullable [][] outputIds,
      TokenizerFiles files,
      List<String> warnings) {
    this.tokenizer = tokenizer;
    this.rows = rows;
    this.plans = plans;
    this.outputIds = outputIds;
    this.files = files;
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Reads the models' tokenizers and plans. Ids do not depend on anything but the recipe and the files.
   *
   * @param models in recipe order, the inputs and every model that {@code spec} names; row plans and messages use their numbers in this
   *     list
   * @param base number of the base model, -1 for none
   * @throws dev.wootz.format.FormatException for a tokenizer that cannot be read
   * @throws MergeException for a vocabulary that cannot be made
   */
  public static VocabularyPlan build(TokenizerSpec spec, List<VocabularyModel> models, int base) {
    requireAll(spec, models);
    List<String> warnings = new ArrayList<>();
    List<TokenizerJson> tokenizers = read(models);
    int donor = OutputVocabulary.donor(spec, models, base);
    TokenizerJson own = trimmed(models.get(donor), tokenizers.get(donor), warnings);
    TokenizerJson output = OutputVocabulary.of(spec, models, tokenizers, donor, own, warnings);
    int rows = padded(output.idLimit(), spec.padToMultipleOf());
    RowPlanner planner = new RowPlanner(spec, models, tokenizers, base, donor);
    @Nullable RowPlan[] plans = planner.plan(output, rows);
    if (!planner.rowless().isEmpty()) {
      warnings.add(
          "no model has a row for " + OutputVocabulary.count(planner.rowless().size(), "token") + " of the output ("
              + OutputVocabulary.examples(planner.rowless()) + "): zeros are written");
    }
    if (output.size() < output.idLimit()) {
      warnings.add(
          "the vocabulary of model " + models.get(donor).label() + " has " + OutputVocabulary.count(output.idLimit() - output.size(), "id")
              + " without a token: the mean of the other rows stands there. Hugging Face's library closes such gaps when it loads the"
              + " file, and then takes other rows for the tokens after them");
    }
    TokenizerFiles files = TokenizerFiles.of(models.get(donor).folder(), tokenizers.get(donor), output, warnings);
    return new VocabularyPlan(output, rows, plans, planner.outputIds(), files, warnings);
  }

  private static void requireAll(TokenizerSpec spec, List<VocabularyModel> models) {
    for (ModelReference reference : spec.rowModels()) {
      if (models.stream().noneMatch(model -> model.reference().equals(reference))) {
        throw new IllegalArgumentException("model " + reference + " is missing in " + models);
      }
    }
    if (models.stream().noneMatch(model -> model.part() == Part.INPUT)) {
      throw new IllegalArgumentException("no input among " + models);
    }
  }

  /** Fine-tunes of one base often have the very same file: it is read once. Different ones are read side by side. */
  private static List<TokenizerJson> read(List<VocabularyModel> models) {
    List<Path> folders = models.stream().map(VocabularyModel::folder).toList();
    int[] same = new int[folders.size()];
    for (int i = 0; i < same.length; i++) {
      int first = 0;
      while (first < i && !sameContent(folders.get(first), folders.get(i))) {
        first++;
      }
      same[i] = first;
    }
    @Nullable TokenizerJson[] read = new TokenizerJson[same.length];
    IntStream.range(0, same.length).filter(i -> same[i] == i).parallel().forEach(i -> read[i] = TokenizerJson.open(folders.get(i)));
    return Arrays.stream(same).mapToObj(i -> read[i]).toList();
  }

  private static boolean sameContent(Path a, Path b) {
    try {
      return Files.mismatch(a.resolve(TokenizerJson.FILE_NAME), b.resolve(TokenizerJson.FILE_NAME)) < 0;
    } catch (IOException e) {
      return false; // reading it says what is wrong
    }
  }

  private static TokenizerJson trimmed(VocabularyModel model, TokenizerJson tokenizer, List<String> warnings) {
    if (tokenizer.idLimit() <= model.rows()) {
      return tokenizer;
    }
    if (tokenizer.modelType() != ModelType.BPE && tokenizer.ordinaryLimit() > model.rows()) {
      throw new MergeException(
          "model " + model.label() + " has " + model.rows() + " embedding rows and tokens with ids up to " + (tokenizer.idLimit() - 1)
              + " in " + tokenizer.path() + ": they would have to be taken out, which only a BPE tokenizer bears, and this is "
              + tokenizer.modelType().jsonName());
    }
    for (int id : tokenizer.postProcessorIds()) {
      if (id >= model.rows()) {
        throw new MergeException(
            "the tokenizer of model " + model.label() + " puts token " + id + " around every text, and the model has only " + model.rows()
                + " embedding rows");
      }
    }
    TokenizerJson trimmed = tokenizer.trimmed(model.rows());
    warnings.add(
        "model " + model.label() + " has " + model.rows() + " embedding rows: "
            + OutputVocabulary.count(tokenizer.size() - trimmed.size(), "token") + " with higher ids left out of its tokenizer");
    return trimmed;
  }

  private static int padded(int tokens, int multiple) {
    long rows = (tokens + multiple - 1L) / multiple * multiple;
    if (rows > Integer.MAX_VALUE) {
      throw new MergeException("pad_to_multiple_of " + multiple + " makes a vocabulary of " + rows + " rows");
    }
    return (int) rows;
  }

  /** Rows of the output's embedding matrix, padding counted in: {@code vocab_size} of its configuration. */
  public int rows() {
    return rows;
  }

  /** How the matrix of an input is rebuilt. */
  public RowPlan rows(int model) {
    return Objects.requireNonNull(plans[model], "only inputs have row plans");
  }

  /** What a token of an input is called in the output; -1 when the output does not have it. */
  public int outputId(int model, int id) {
    int[] ids = Objects.requireNonNull(outputIds[model], "only inputs have row plans");
    return id >= 0 && id < ids.length ? ids[id] : -1;
  }

  /**
   * Renumbers what a configuration (config.json, generation_config.json) says of tokens: every field {@code *_token_id}, a number or a list
   * of numbers. A token that the output does not have becomes null, or leaves the list.
   *
   * @param model the input that the configuration comes from
   * @param warn takes a sentence for each token that is lost
   */
  public void renumber(ObjectNode configuration, int model, Consumer<String> warn) {
    for (Map.Entry<String, JsonNode> field : configuration.properties()) {
      if (!field.getKey().endsWith("_token_id")) {
        continue;
      }
      JsonNode value = field.getValue();
      if (value.isInt()) {
        field.setValue(renumber(field.getKey(), value, model, warn));
      } else if (value.isArray()) {
        ArrayNode ids = JsonNodeFactory.instance.arrayNode();
        for (JsonNode id : value) {
          JsonNode renumbered = id.isInt() ? renumber(field.getKey(), id, model, warn) : id;
          if (!renumbered.isNull()) {
            ids.add(renumbered);
          }
        }
        field.setValue(ids);
      }
    }
  }

  private JsonNode renumber(String field, JsonNode id, int model, Consumer<String> warn) {
    if (id.intValue() < 0) {
      return id; // how some configurations say "none"
    }
    int output = outputId(model, id.intValue());
    if (output < 0) {
      warn.accept(field + " " + id.intValue() + " names a token that the output's vocabulary does not have; it is left out");
      return JsonNodeFactory.instance.nullNode();
    }
    return JsonNodeFactory.instance.numberNode(output);
  }

  /** Whether a file of a model's folder belongs to its tokenizer: {@link #write} takes care of it. */
  public static boolean isTokenizerFile(Path file) {
    return TokenizerFiles.contains(file.getFileName().toString());
  }

  /** The output's tokenizer. */
  public TokenizerJson tokenizer() {
    return tokenizer;
  }

  /** A sentence each. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * Writes the output's tokenizer files into a folder. Those that stay as they are in the donor's folder are copied; those that would
   * contradict the new vocabulary are left out, with a warning in {@link #warnings}.
   */
  public void write(Path folder) {
    files.write(folder);
  }
}
