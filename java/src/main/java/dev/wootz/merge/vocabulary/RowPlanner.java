package dev.wootz.merge.vocabulary;

import dev.wootz.format.FormatException;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.recipe.TokenizerSpec.RowSource;
import dev.wootz.merge.recipe.TokenizerSpec.TokenRule;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.tokenizer.TokenizerJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the rows. A model that has a token gives its own row unless the token's rule forces the default. The default is what the rule
 * names; else the row of the only input that has the token; else the base's; else the mean over the inputs that have it. A token that no
 * input has gets the row of the model that the vocabulary comes from, and zeros when that has no matrix.
 */
final class RowPlanner {
  private final TokenizerSpec spec;
  private final List<VocabularyModel> models;
  private final List<TokenizerJson> tokenizers;
  private final int base;
  private final int donor;
  private final int[] inputs;
  private final OwnerMeans means = new OwnerMeans();
  private final List<String> rowless = new ArrayList<>();
  private final int @Nullable [][] outputIds;
  private int defaultModel;
  private int defaultRow;

  RowPlanner(TokenizerSpec spec, List<VocabularyModel> models, List<TokenizerJson> tokenizers, int base, int donor) {
    this.spec = spec;
    this.models = models;
    this.tokenizers = tokenizers;
    this.base = base;
    this.donor = donor;
    this.outputIds = new int[models.size()][];
    this.inputs = IntStream.range(0, models.size()).filter(i -> models.get(i).part() == Part.INPUT).toArray();
  }

  /**
   * @param rows of the output, those that pad the vocabulary counted in
   * @return by model; null for those that are no input
   */
  @Nullable RowPlan[] plan(TokenizerJson output, int rows) {
    int[][] giver = new int[models.size()][];
    int[][] given = new int[models.size()][];
    for (int input : inputs) {
      giver[input] = new int[rows];
      given[input] = new int[rows];
      Arrays.fill(giver[input], RowPlan.PADDING);
    }
    for (int input : inputs) {
      outputIds[input] = new int[tokenizers.get(input).idLimit()];
      Arrays.fill(outputIds[input], -1);
    }
    int[] own = new int[models.size()];
    for (int r = 0; r < output.idLimit(); r++) {
      String token = output.token(r);
      if (token == null) {
        continue;
      }
      int owners = 0;
      for (int input : inputs) {
        own[input] = ownRow(input, token);
        if (own[input] >= 0) {
          owners++;
          outputIds[input][own[input]] = r;
        }
      }
      TokenRule rule = spec.tokens().get(token);
      boolean forced = rule != null && rule.force();
      if (forced || owners < inputs.length) {
        chooseDefault(token, rule, own, owners);
      }
      for (int input : inputs) {
        boolean keeps = own[input] >= 0 && !forced;
        giver[input][r] = keeps ? input : defaultModel;
        given[input][r] = keeps ? own[input] : defaultRow;
      }
    }
    RowPlan[] plans = new RowPlan[models.size()];
    for (int input : inputs) {
      plans[input] = new RowPlan(giver[input], given[input], means);
    }
    return plans;
  }

  /**
   * By model and id: the id in the output, -1 where it does not have the token. Filled by {@link #plan}; null for those that are no
   * input.
   */
  int @Nullable [][] outputIds() {
    return outputIds;
  }

  /** Tokens of the output that no model has a row for. */
  List<String> rowless() {
    return rowless;
  }

  /** The row of a token in a model's matrix, -1 when it has none. */
  private int ownRow(int model, String token) {
    int id = tokenizers.get(model).id(token);
    return id < models.get(model).rows() ? id : -1;
  }

  private void chooseDefault(String token, @Nullable TokenRule rule, int[] own, int owners) {
    if (rule != null && rule.source() != null) {
      chooseByRule(token, rule.source());
    } else if (owners == 0) {
      int row = models.get(donor).part() == Part.TOKENIZER ? -1 : ownRow(donor, token);
      choose(row < 0 ? RowPlan.ZERO : donor, Math.max(row, 0));
      if (row < 0) {
        rowless.add(token);
      }
    } else if (owners == 1) {
      for (int input : inputs) {
        if (own[input] >= 0) {
          choose(input, own[input]);
        }
      }
    } else if (base >= 0 && own[base] >= 0) {
      choose(base, own[base]);
    } else {
      choose(RowPlan.MEAN, means.begin());
      for (int input : inputs) {
        if (own[input] >= 0) {
          means.member(input, own[input]);
        }
      }
    }
  }

  private void chooseByRule(String token, RowSource source) {
    ModelReference reference = TokenizerSpec.rowModel(source);
    if (reference == null) {
      choose(RowPlan.ZERO, 0);
      return;
    }
    int model = 0;
    while (!models.get(model).reference().equals(reference)) {
      model++;
    }
    VocabularyModel lender = models.get(model);
    if (lender.part() == Part.TOKENIZER) {
      throw invalid(token, "model " + lender.label() + " has no weights");
    }
    if (source instanceof RowSource.TokenId named) {
      if (named.id() >= lender.rows()) {
        throw invalid(token, "token_id " + named.id() + " is beyond the " + lender.rows() + " rows of model " + lender.label());
      }
      choose(model, named.id());
      return;
    }
    String lent = source instanceof RowSource.Token named ? named.token() : token;
    int row = ownRow(model, lent);
    if (row < 0) {
      throw invalid(token, "model " + lender.label() + " has no token " + FormatException.quote(lent));
    }
    choose(model, row);
  }

  private void choose(int model, int row) {
    defaultModel = model;
    defaultRow = row;
  }

  private static MergeException invalid(String token, String problem) {
    return new MergeException("tokenizer: rule for token " + FormatException.quote(token) + ": " + problem);
  }
}
