package dev.wootz.merge.vocabulary;

import dev.wootz.format.FormatException;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.recipe.TokenizerSpec.Source;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.tokenizer.AddedToken;
import dev.wootz.tokenizer.TokenizerJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The output's tokens and their ids. The donor's tokens keep their ids; what a union and the token rules add follows, in recipe order: the
 * ordinary tokens of each model by id, then the added tokens of each model by id, then the tokens that only the rules name.
 */
final class OutputVocabulary {
  private final List<VocabularyModel> models;
  private final List<TokenizerJson> tokenizers;
  private final int donor;
  private final TokenizerJson own;
  private final List<String> warnings;

  /** What is new about a token, by its content. */
  private final Map<String, AddedToken> additions = new LinkedHashMap<>();

  private int nextId;

  private OutputVocabulary(
      List<VocabularyModel> models, List<TokenizerJson> tokenizers, int donor, TokenizerJson own, List<String> warnings) {
    this.models = models;
    this.tokenizers = tokenizers;
    this.donor = donor;
    this.own = own;
    this.warnings = warnings;
    this.nextId = own.idLimit();
  }

  /** The model whose tokenizer the output's is made from. */
  static int donor(TokenizerSpec spec, List<VocabularyModel> models, int base) {
    if (spec.source() instanceof Source.Model source) {
      return IntStream.range(0, models.size())
          .filter(i -> models.get(i).reference().equals(source.model()))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("model " + source.model() + " is missing in " + models));
    }
    return base >= 0 ? base : IntStream.range(0, models.size()).filter(i -> models.get(i).part() == Part.INPUT).findFirst().orElseThrow();
  }

  /**
   * @param own the donor's tokenizer without the tokens that have no row
   * @param warnings is added to
   */
  static TokenizerJson of(
      TokenizerSpec spec,
      List<VocabularyModel> models,
      List<TokenizerJson> tokenizers,
      int donor,
      TokenizerJson own,
      List<String> warnings) {
    OutputVocabulary vocabulary = new OutputVocabulary(models, tokenizers, donor, own, warnings);
    if (spec.source() instanceof Source.Union) {
      vocabulary.addUnion();
    }
    for (String token : spec.tokens().keySet()) {
      if (own.id(token) < 0) {
        vocabulary.add(token, AddedToken.ordinary(0, token));
      }
    }
    List<AddedToken> additions = List.copyOf(vocabulary.additions.values());
    return additions.isEmpty() ? own : own.withAdded(additions);
  }

  private void addUnion() {
    List<Integer> others =
        IntStream.range(0, models.size()).filter(i -> i != donor && models.get(i).part() == Part.INPUT).boxed().toList();
    Map<String, AddedToken> definitions = new HashMap<>();
    for (int model : others) {
      added(model).forEach(token -> definitions.putIfAbsent(token.content(), token));
    }
    others.forEach(model -> addOrdinary(model, definitions));
    others.forEach(model -> added(model).forEach(this::addAdded));
  }

  private List<AddedToken> added(int model) {
    int rows = models.get(model).rows();
    return tokenizers.get(model).addedTokens().stream().filter(token -> token.id() < rows).toList();
  }

  private void addOrdinary(int model, Map<String, AddedToken> definitions) {
    TokenizerJson tokenizer = tokenizers.get(model);
    Set<String> added = tokenizer.addedTokens().stream().map(AddedToken::content).collect(Collectors.toSet());
    List<String> ordinary = new ArrayList<>();
    for (int id = 0; id < Math.min(tokenizer.idLimit(), models.get(model).rows()); id++) {
      String token = tokenizer.token(id);
      if (token == null || own.id(token) >= 0 || added.contains(token) || additions.containsKey(token)) {
        continue;
      }
      AddedToken definition = definitions.get(token);
      if (definition == null) {
        ordinary.add(token);
      }
      add(token, definition == null ? AddedToken.ordinary(0, token) : definition);
    }
    if (!ordinary.isEmpty()) {
      warnings.add(
          "model " + models.get(model).label() + " brings " + count(ordinary.size(), "ordinary token") + " that model "
              + models.get(donor).label() + " lacks (" + examples(ordinary) + "): as added tokens of the output they are looked for"
              + " first, so that texts which contain them are cut in other places than before");
    }
  }

  /** A control token that the donor has as an ordinary token keeps the donor's id and becomes an added token. */
  private void addAdded(AddedToken token) {
    int id = own.id(token.content());
    if (id < 0) {
      add(token.content(), token);
    } else if ((token.special() || !token.normalized()) && own.addedTokens().stream().noneMatch(other -> other.id() == id)) {
      additions.putIfAbsent(token.content(), token.withId(id));
    }
  }

  private void add(String content, AddedToken definition) {
    if (!additions.containsKey(content)) {
      additions.put(content, definition.withId(nextId++));
    }
  }

  static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  /** The first few, for messages. */
  static String examples(List<String> tokens) {
    String first = tokens.stream().limit(3).map(FormatException::quote).collect(Collectors.joining(", "));
    return tokens.size() > 3 ? first + ", ..." : first;
  }
}
