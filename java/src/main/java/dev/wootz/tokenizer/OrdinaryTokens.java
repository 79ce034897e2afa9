package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * {@code model.vocab} of a tokenizer.json in the order of the file.
 *
 * @param tokens [n]
 * @param ids [n], the id of each token
 * @param scores [n], log-probabilities of a Unigram model, whose ids are positions; null for the others
 */
record OrdinaryTokens(String[] tokens, int[] ids, double @Nullable [] scores) {

  int count() {
    return ids.length;
  }

  OrdinaryTokens below(int limit) {
    int[] kept = IntStream.range(0, ids.length).filter(i -> ids[i] < limit).toArray();
    if (kept.length == ids.length) {
      return this;
    }
    return new OrdinaryTokens(
        Arrays.stream(kept).mapToObj(i -> tokens[i]).toArray(String[]::new),
        Arrays.stream(kept).map(i -> ids[i]).toArray(),
        scores == null ? null : Arrays.stream(kept).mapToDouble(i -> scores[i]).toArray());
  }

  /** {@code {"token": id}}, or {@code [["token", score]]} for a Unigram model. */
  JsonNode toJson() {
    if (scores != null) {
      ArrayNode pieces = JsonNodeFactory.instance.arrayNode(ids.length);
      for (int i = 0; i < ids.length; i++) {
        pieces.addArray().add(tokens[i]).add(scores[i]);
      }
      return pieces;
    }
    ObjectNode vocabulary = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < ids.length; i++) {
      vocabulary.put(tokens[i], ids[i]);
    }
    return vocabulary;
  }
}
