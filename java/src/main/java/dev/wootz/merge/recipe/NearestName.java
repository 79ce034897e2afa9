package dev.wootz.merge.recipe;

import java.util.Collection;
import java.util.Optional;

/** Finds the word that a misspelt one was meant to be. */
final class NearestName {
  private NearestName() {}

  /** The nearest of {@code valid} if it is near enough to be meant: at most a third of the letters wrong, one in short words, not all. */
  static Optional<String> of(String word, Collection<String> valid) {
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : valid) {
      int distance = distance(word, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    boolean near = nearest != null && least < nearest.length() && least <= Math.max(1, nearest.length() / 3);
    return near ? Optional.of(nearest) : Optional.empty();
  }

  /** {@code "; did you mean `density`?"}, or nothing. */
  static String suggestion(String word, Collection<String> valid) {
    return of(word, valid).map(name -> "; did you mean `" + name + "`?").orElse("");
  }

  /** Letters to insert, remove, replace or swap with their neighbour (Damerau-Levenshtein, optimal string alignment). */
  static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > b.length()) {
      return Math.max(a.length(), b.length());
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
