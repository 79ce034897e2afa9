package dev.wootz.merge.vocabulary;

import java.util.Arrays;

/** Means of rows of several models: mean k is over members {@code [start(k), start(k + 1))}. Filled by the planner, then only read. */
final class OwnerMeans {
  private int[] starts = new int[16];
  private int[] models = new int[16];
  private int[] rows = new int[16];
  private int count;

  /** @return the number of the new mean, to be filled with {@link #member} */
  int begin() {
    if (count + 2 > starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    starts[count + 1] = starts[count];
    return count++;
  }

  /** Adds a row of a model to the newest mean. */
  void member(int model, int row) {
    int at = starts[count]++;
    if (at == models.length) {
      models = Arrays.copyOf(models, 2 * at);
      rows = Arrays.copyOf(rows, 2 * at);
    }
    models[at] = model;
    rows[at] = row;
  }

  int members(int mean) {
    return starts[mean + 1] - starts[mean];
  }

  int model(int mean, int member) {
    return models[starts[mean] + member];
  }

  int row(int mean, int member) {
    return rows[starts[mean] + member];
  }

  int membersFrom(int mean, int model) {
    int from = 0;
    for (int i = starts[mean]; i < starts[mean + 1]; i++) {
      from += models[i] == model ? 1 : 0;
    }
    return from;
  }

  int rowsNeeded(int mean, int model) {
    int needed = 0;
    for (int i = starts[mean]; i < starts[mean + 1]; i++) {
      needed = models[i] == model ? Math.max(needed, rows[i] + 1) : needed;
    }
    return needed;
  }
}
