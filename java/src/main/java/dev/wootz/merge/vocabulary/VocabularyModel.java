package dev.wootz.merge.vocabulary;

import dev.wootz.merge.recipe.ModelReference;
import java.nio.file.Path;

/**
 * A model whose vocabulary has a part in the output's.
 *
 * @param label what messages call it
 * @param folder where its tokenizer.json is
 * @param rows of its embedding matrix: a token with an id of {@code rows} or more is not there. Where {@code part} is {@link
 *     Part#TOKENIZER}, the largest number of rows it could have
 */
public record VocabularyModel(ModelReference reference, String label, Path folder, int rows, Part part) {

  /** What a model does in the merge. */
  public enum Part {
    /** It is merged: a union takes its tokens in, and tokens that others lack get their rows from it. */
    INPUT,
    /** It is not merged; its matrices are at hand, and tokens get rows from it where the recipe says so or no input has them. */
    LENDER,
    /** Only its tokenizer is at hand. */
    TOKENIZER
  }
}
