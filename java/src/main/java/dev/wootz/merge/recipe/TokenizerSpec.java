package dev.wootz.merge.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe asks of the output vocabulary: {@code tokenizer: {source, tokens, pad_to_multiple_of}}, or {@code tokenizer_source}, which
 * is a source alone.
 *
 * @param tokens rules for single tokens, in recipe order
 * @param padToMultipleOf the output vocabulary grows to a multiple of this; 1 for no padding
 */
public record TokenizerSpec(Source source, Map<String, TokenRule> tokens, int padToMultipleOf) {
  public TokenizerSpec {
    if (padToMultipleOf < 1) {
      throw new IllegalArgumentException("pad_to_multiple_of must be at least 1, found " + padToMultipleOf);
    }
    tokens = Collections.unmodifiableMap(new LinkedHashMap<>(tokens));
  }

  /** {@code tokenizer_source: ...}. */
  public static TokenizerSpec of(Source source) {
    return new TokenizerSpec(source, Map.of(), 1);
  }

  /** Whose vocabulary the output gets. */
  public sealed interface Source {
    /** {@code union}: the base's vocabulary (the first model's without a base), then what the other models add. */
    record Union() implements Source {}

    /** {@code base}: the base model's. */
    record Base() implements Source {}

    /** The vocabulary of one model, which need not take part in the merge. */
    record Model(ModelReference model) implements Source {}
  }

  /**
   * {@code tokens: {TOKEN: {source, force}}}.
   *
   * @param source of the token's default row; null for the usual default
   * @param force whether models that have the token get the default row as well
   */
  public record TokenRule(@Nullable RowSource source, boolean force) {}

  /** Where the default embedding row of a token comes from. */
  public sealed interface RowSource {
    /** A model reference: that model's row of the same token. */
    record SameToken(ModelReference model) implements RowSource {}

    /** {@code {kind: model_token, model, token}}: a model's row of another token. */
    record Token(ModelReference model, String token) implements RowSource {}

    /** {@code {kind: model_token, model, token_id}}: a model's row by number. */
    record TokenId(ModelReference model, int id) implements RowSource {
      public TokenId {
        if (id < 0) {
          throw new IllegalArgumentException("token_id must not be negative, found " + id);
        }
      }
    }

    /** {@code {kind: zero}}. */
    record Zero() implements RowSource {}
  }

  /** Every model whose rows the token rules name, in recipe order, each once: their matrices must be at hand. */
  public List<ModelReference> rowModels() {
    List<ModelReference> models = new ArrayList<>();
    for (TokenRule rule : tokens.values()) {
      ModelReference model = rowModel(rule.source());
      if (model != null && !models.contains(model)) {
        models.add(model);
      }
    }
    return List.copyOf(models);
  }

  /** The model that a row source names; null for none. */
  public static @Nullable ModelReference rowModel(@Nullable RowSource source) {
    if (source instanceof RowSource.SameToken same) {
      return same.model();
    }
    if (source instanceof RowSource.Token token) {
      return token.model();
    }
    return source instanceof RowSource.TokenId id ? id.model() : null;
  }
}
