package dev.wootz.merge.vocabulary;

/**
 * Where each row of one model's rebuilt embedding matrix comes from, for every row of the output vocabulary: a row of a model (its own, as
 * a rule), zeros, the mean of rows of several models, or, for rows that belong to no token, the mean of all the rows that do.
 *
 * <p>Two numbers a row and no object, since there are 150,000 rows and the plan is made anew for each model. Immutable.
 */
public final class RowPlan {
  /** In place of a model's number. */
  static final int ZERO = -1;

  /** The mean of several rows; in place of a row's number stands the number of the mean. */
  static final int MEAN = -2;

  /** Belongs to no token. */
  static final int PADDING = -3;

  private final int[] models;
  private final int[] rows;
  private final OwnerMeans means;
  private final int tokenRows;

  /**
   * @param models [n], number of the model that gives the row, or ZERO, MEAN, PADDING
   * @param rows [n], its row there, or the number of the mean
   */
  RowPlan(int[] models, int[] rows, OwnerMeans means) {
    this.models = models;
    this.rows = rows;
    this.means = means;
    int count = 0;
    for (int model : models) {
      count += model == PADDING ? 0 : 1;
    }
    this.tokenRows = count;
  }

  /** Rows of the output. */
  public int count() {
    return models.length;
  }

  /** Rows that belong to a token. */
  public int tokenRows() {
    return tokenRows;
  }

  /** The model that gives row {@code r}, or {@link #ZERO}, {@link #MEAN}, {@link #PADDING}. */
  int model(int r) {
    return models[r];
  }

  /** The row of {@link #model} that row {@code r} is, or the number of its mean. */
  int row(int r) {
    return rows[r];
  }

  OwnerMeans means() {
    return means;
  }

  /** The end of the run that starts at {@code first}: rows of one kind, and of one model only while they follow each other there too. */
  int runEnd(int first, int limit) {
    int model = models[first];
    int end = first + 1;
    if (model == MEAN) {
      return end;
    }
    while (end < limit && models[end] == model && (model < 0 || rows[end] == rows[first] + (end - first))) {
      end++;
    }
    return end;
  }

  /** Rows that are read from {@code model}'s matrix, the members of means counted in. */
  long rowsFrom(int model) {
    long count = 0;
    for (int r = 0; r < models.length; r++) {
      if (models[r] == model) {
        count++;
      } else if (models[r] == MEAN) {
        count += means.membersFrom(rows[r], model);
      }
    }
    return count;
  }

  /** One more than the last row that is read from {@code model}'s matrix, 0 when none is. */
  int rowsNeeded(int model) {
    int needed = 0;
    for (int r = 0; r < models.length; r++) {
      if (models[r] == model) {
        needed = Math.max(needed, rows[r] + 1);
      } else if (models[r] == MEAN) {
        needed = Math.max(needed, means.rowsNeeded(rows[r], model));
      }
    }
    return needed;
  }
}
