package dev.wootz.engine.grammar;

import dev.wootz.tokenizer.Tokenizer;

/**
 * What a generated text may be. Immutable; make it once and use it for any number of requests, at once too: they share what it has learned.
 *
 * <pre>{@code
 * Constraint date = Constraint.regex("\\d{4}-\\d{2}-\\d{2}");
 * model.generate("Today is ", GenerationRequest.defaults().withConstraint(date), GenerationListener.NONE);
 * }</pre>
 *
 * <p>Tokens that could not lead to such a text are masked out before each draw, whatever the temperature. A text that ends for another reason,
 * most of all because {@code maxTokens} were reached, may be cut short: its finish reason says so.
 */
public final class Constraint {
  private final String description;
  private final Grammar grammar;

  private Constraint(String description, Grammar grammar) {
    this.description = description;
    this.grammar = grammar;
  }

  /**
   * Texts that match a regular expression as a whole. {@code ^} and {@code $} are not needed, and do no harm.
   *
   * @throws ConstraintException with the index of what is wrong, or not regular (backreferences, looking around)
   */
  public static Constraint regex(String expression) {
    Expressions in = new Expressions();
    Expression start = Regex.whole(expression, set -> Utf8Ranges.of(set, in), in);
    return new Constraint("regex " + Regex.quoted(expression), new Grammar(in, start));
  }

  /**
   * For one text.
   *
   * @param trie of the model's vocabulary, see {@link TokenTrie#of}
   */
  public Matcher matcher(TokenTrie trie, Tokenizer tokenizer) {
    return new Matcher(grammar, trie, tokenizer);
  }

  @Override
  public String toString() {
    return description;
  }
}
