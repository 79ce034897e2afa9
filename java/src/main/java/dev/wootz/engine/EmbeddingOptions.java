package dev.wootz.engine;

import org.jspecify.annotations.Nullable;

/**
 * How texts become vectors; immutable, the {@code with} methods give changed copies.
 *
 * @param pooling null: what the model's files say. That is, in this order: {@code 1_Pooling/config.json} of a sentence-transformers folder,
 *     {@code <architecture>.pooling_type} of a GGUF file, last token where the tokenizer puts a token after a text (such models are trained to
 *     gather the text there), mean otherwise (as sentence-transformers does with a plain language model)
 * @param normalize divides by the Euclidean length, so that the scalar product of two embeddings is the cosine of their angle
 * @param dimensions keeps so many leading numbers, before normalising, for models trained so (Kusupati et al., Matryoshka Representation
 *     Learning, 2022); 0: all
 * @param instruction goes before every text as it is, and is tokenized with it. Qwen3-Embedding's form, for queries only: {@code "Instruct:
 *     Given a web search query, retrieve relevant passages that answer the query\nQuery:"}
 * @param truncate cuts what is longer than the context, before the tokens that the tokenizer puts after a text; otherwise it is refused
 */
public record EmbeddingOptions(@Nullable Pooling pooling, boolean normalize, int dimensions, String instruction, boolean truncate) {
  public EmbeddingOptions {
    if (dimensions < 0) {
      throw new IllegalArgumentException("dimensions: found " + dimensions + ", expected a count, or 0 for all");
    }
  }

  public static EmbeddingOptions defaults() {
    return new EmbeddingOptions(null, true, 0, "", false);
  }

  public EmbeddingOptions withPooling(Pooling tokens) {
    return new EmbeddingOptions(tokens, normalize, dimensions, instruction, truncate);
  }

  public EmbeddingOptions withNormalize(boolean unitLength) {
    return new EmbeddingOptions(pooling, unitLength, dimensions, instruction, truncate);
  }

  public EmbeddingOptions withDimensions(int count) {
    return new EmbeddingOptions(pooling, normalize, count, instruction, truncate);
  }

  public EmbeddingOptions withInstruction(String prefix) {
    return new EmbeddingOptions(pooling, normalize, dimensions, prefix, truncate);
  }

  public EmbeddingOptions withTruncate(boolean cut) {
    return new EmbeddingOptions(pooling, normalize, dimensions, instruction, cut);
  }
}
