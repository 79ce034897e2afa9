package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * {@code model.merges} of a BPE tokenizer: rule k joins the neighbours {@code left[k]} and {@code right[k]} into {@code result[k]}, and
 * goes before every rule after it. All are ids of ordinary tokens.
 *
 * @param pairs whether the file writes a rule as {@code ["a", "b"]}; else as {@code "a b"}
 */
record MergeRules(int[] left, int[] right, int[] result, boolean pairs) {
  static final MergeRules NONE = new MergeRules(new int[0], new int[0], new int[0], true);

  int count() {
    return left.length;
  }

  /** The rules that need no token with an id of {@code limit} or more, in their order. */
  MergeRules below(int limit) {
    int[] kept =
        IntStream.range(0, left.length).filter(k -> left[k] < limit && right[k] < limit && result[k] < limit).toArray();
    if (kept.length == left.length) {
      return this;
    }
    return new MergeRules(
        Arrays.stream(kept).map(k -> left[k]).toArray(),
        Arrays.stream(kept).map(k -> right[k]).toArray(),
        Arrays.stream(kept).map(k -> result[k]).toArray(),
        pairs);
  }

  /** @param byId tokens by id */
  ArrayNode toJson(@Nullable String[] byId) {
    ArrayNode rules = JsonNodeFactory.instance.arrayNode(left.length);
    for (int k = 0; k < left.length; k++) {
      String a = byId[left[k]];
      String b = byId[right[k]];
      if (pairs) {
        rules.add(JsonNodeFactory.instance.arrayNode(2).add(a).add(b));
      } else {
        rules.add(a + " " + b);
      }
    }
    return rules;
  }
}
