package dev.wootz.merge.vocabulary;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.JsonFiles;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.tokenizer.AddedToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;

/** Small models with tokenizers, written into a folder: ordinary tokens in the order of their ids, then added tokens. */
final class ToyVocabularies {
  private final Path folder;

  ToyVocabularies(Path folder) {
    this.folder = folder;
  }

  /**
   * A model whose matrix has a row for each token. Words in angle brackets are special added tokens, {@code =<s>} is an ordinary token all
   * the same, the empty word an id without a token.
   */
  VocabularyModel model(String name, String... tokens) {
    return model(name, tokens.length, tokens);
  }

  VocabularyModel model(String name, int rows, String... tokens) {
    write(name, "BPE", tokens);
    return new VocabularyModel(ModelReference.parse(name), name, folder.resolve(name), rows, Part.INPUT);
  }

  Path write(String name, String type, String... tokens) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode added = root.putArray("added_tokens");
    ObjectNode vocabulary = JsonNodeFactory.instance.objectNode();
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id].startsWith("<")) {
        added.add(new AddedToken(id, tokens[id], false, false, false, false, true).toJson());
      } else if (!tokens[id].isEmpty()) {
        vocabulary.put(tokens[id].replaceFirst("^=", ""), id);
      }
    }
    ObjectNode model = root.putObject("model").put("type", type);
    model.set("vocab", vocabulary);
    if (type.equals("BPE")) {
      model.putArray("merges");
    }
    Path target = folder.resolve(name);
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    JsonFiles.write(target.resolve("tokenizer.json"), root);
    return target;
  }

  static VocabularyModel with(VocabularyModel model, Part part) {
    return new VocabularyModel(model.reference(), model.label(), model.folder(), model.rows(), part);
  }

  /** The output's tokens by id, a dash for ids without one. */
  static String tokens(VocabularyPlan plan) {
    StringJoiner tokens = new StringJoiner(" ");
    for (int id = 0; id < plan.tokenizer().idLimit(); id++) {
      String token = plan.tokenizer().token(id);
      tokens.add(token == null ? "-" : token);
    }
    return tokens.toString();
  }

  /** A row plan in words: {@code A3} is row 3 of model A, {@code 0} zeros, {@code (A1+B2)} a mean, {@code _} padding. */
  static String rows(RowPlan plan, List<VocabularyModel> models) {
    StringJoiner rows = new StringJoiner(" ");
    for (int r = 0; r < plan.count(); r++) {
      rows.add(
          switch (plan.model(r)) {
            case RowPlan.ZERO -> "0";
            case RowPlan.PADDING -> "_";
            case RowPlan.MEAN -> mean(plan.means(), plan.row(r), models);
            default -> models.get(plan.model(r)).label() + plan.row(r);
          });
    }
    return rows.toString();
  }

  private static String mean(OwnerMeans means, int mean, List<VocabularyModel> models) {
    StringJoiner members = new StringJoiner("+", "(", ")");
    for (int i = 0; i < means.members(mean); i++) {
      members.add(models.get(means.model(mean, i)).label() + means.row(mean, i));
    }
    return members.toString();
  }
}
