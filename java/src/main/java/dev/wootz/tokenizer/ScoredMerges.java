package dev.wootz.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Merge rules for a SentencePiece vocabulary, which has a score for each token instead: every way to put a token together from two others
 * is a rule, and the better score goes first. The order among equals is that of Hugging Face's conversion: the longer left part first,
 * then the longer right part, then the order of ids.
 */
final class ScoredMerges {
  private record Rule(int left, int right, int result, int leftLength, int rightLength) {}

  private ScoredMerges() {}

  /** @param scores by id */
  static MergeRules of(Vocabulary vocabulary, float[] scores) {
    List<Rule> rules = new ArrayList<>();
    vocabulary.forEachOrdinary((id, token) -> rules.addAll(ways(vocabulary, id, token)));
    rules.sort(
        Comparator.<Rule>comparingDouble(rule -> -scores[rule.result()])
            .thenComparingInt(rule -> -rule.leftLength())
            .thenComparingInt(rule -> -rule.rightLength()));
    int n = rules.size();
    MergeRules merges = new MergeRules(new int[n], new int[n], new int[n], true);
    for (int rank = 0; rank < n; rank++) {
      merges.left()[rank] = rules.get(rank).left();
      merges.right()[rank] = rules.get(rank).right();
      merges.result()[rank] = rules.get(rank).result();
    }
    return merges;
  }

  /** By the ids of the parts. */
  private static List<Rule> ways(Vocabulary vocabulary, int id, String token) {
    List<Rule> ways = new ArrayList<>(token.length());
    int length = token.codePointCount(0, token.length());
    int at = 0;
    for (int n = 1; n < length; n++) {
      at = token.offsetByCodePoints(at, 1);
      int left = ordinary(vocabulary, token.substring(0, at));
      int right = left < 0 ? -1 : ordinary(vocabulary, token.substring(at));
      if (right >= 0) {
        ways.add(new Rule(left, right, id, n, length - n));
      }
    }
    ways.sort(Comparator.comparingInt(Rule::left).thenComparingInt(Rule::right));
    return ways;
  }

  private static int ordinary(Vocabulary vocabulary, String token) {
    int id = vocabulary.id(token).orElse(-1);
    return vocabulary.isOrdinary(id) ? id : -1;
  }
}
