package dev.wootz.merge.recipe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Which vocabulary the output gets, and where the rows of its embeddings come from. {@code tokenizer_source: X} is the same as
 * {@code tokenizer: {source: X}}.
 *
 * @param tokens rules for single tokens, by the token's text, in the order of the recipe
 * @param padToMultipleOf rows of the embeddings are filled up to a multiple of it
 */
public record TokenizerSpec(Source source, Map<String, TokenRule> tokens, OptionalInt padToMultipleOf, Position position) {

  public TokenizerSpec {
    tokens = Collections.unmodifiableMap(new LinkedHashMap<>(tokens));
  }

  /** Where the output's vocabulary comes from. */
  public sealed interface Source {
    /** All models' tokens. */
    record Union() implements Source {}

    /** The base model's; the first model's without a base. */
    record Base() implements Source {}

    /** One model's, which need not be among those that are merged. */
    record Model(ModelReference model) implements Source {}
  }

  /**
   * @param row the token's row for models that lack it; null leaves the choice to the usual rule
   * @param force gives {@code row} to the models that have the token as well
   */
  public record TokenRule(@Nullable Row row, boolean force, Position position) {}

  /** A row of an embedding matrix. */
  public sealed interface Row {
    /** The row that a model has for this very token. */
    record OfModel(ModelReference model) implements Row {}

    /** The row that a model has for another token, by its text. */
    record OfToken(ModelReference model, String token) implements Row {}

    /** The row with that number in a model. */
    record OfTokenId(ModelReference model, int tokenId) implements Row {}

    record Zero() implements Row {}
  }
}
