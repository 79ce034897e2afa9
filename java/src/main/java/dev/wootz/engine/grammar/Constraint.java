package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.chat.Tool;
import dev.wootz.tokenizer.Tokenizer;
import java.util.List;
import java.util.function.Function;

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
  final Grammar grammar;

  private Constraint(String description, Function<Expressions, Expression> making) {
    this.description = description;
    Expressions in = new Expressions();
    try {
      Expression start = making.apply(in);
      // What is too deep shows here already, not with the first token.
      start.row(in);
      this.grammar = new Grammar(in, start);
    } catch (StackOverflowError e) {
      throw new ConstraintException(description + ": nests too deeply, expected fewer levels, optional parts in a row or references to references");
    }
  }

  /**
   * Texts that match a regular expression as a whole. {@code ^} and {@code $} are not needed, and do no harm.
   *
   * @throws ConstraintException with the index of what is wrong, or not regular (backreferences, looking around)
   */
  public static Constraint regex(String expression) {
    return new Constraint("regex " + Regex.quoted(expression), in -> Regex.whole(expression, set -> Utf8Ranges.of(set, in), in));
  }

  /** Any JSON value. */
  public static Constraint json() {
    return new Constraint("JSON", in -> new JsonSyntax(in).any());
  }

  /** @see #jsonSchema(JsonNode) */
  public static Constraint jsonSchema(String schema) {
    return jsonSchema(SchemaJson.read(schema));
  }

  /**
   * JSON that meets a schema. Members stand in the order of {@code properties}, then those that only {@code required} names, then others; white
   * space is what models are used to (a space or an indented line), never more. Other members are allowed unless {@code additionalProperties}
   * says otherwise. Strings with {@code pattern} or {@code format} and names hold no needless escapes; integers have at most 18 digits where no
   * bounds say otherwise; numbers with bounds have no exponent. Numbers of {@code enum} and {@code const} have 40 digits at most.
   *
   * <p>Known are {@code type enum const}, {@code anyOf oneOf allOf $ref}, {@code minimum maximum exclusiveMinimum exclusiveMaximum multipleOf},
   * {@code minLength maxLength pattern format}, {@code items prefixItems minItems maxItems}, {@code properties required additionalProperties
   * patternProperties propertyNames minProperties maxProperties} and what says nothing of a value, such as {@code title}. {@code oneOf} only of
   * alternatives that exclude each other.
   *
   * @throws ConstraintException with the JSON pointer of what is wrong or cannot be enforced; nothing is ignored
   */
  public static Constraint jsonSchema(JsonNode schema) {
    return new Constraint("JSON schema " + SchemaReader.brief(schema), in -> SchemaCompiler.compile(schema, new JsonSyntax(in), ""));
  }

  /** @see #toolCalls(List, ToolChoice, boolean) */
  public static Constraint toolCalls(List<Tool> tools, ToolChoice choice) {
    return toolCalls(tools, choice, false);
  }

  /**
   * Answers that call tools in the form of Hermes and Qwen, {@code <tool_call>\n{"name": ..., "arguments": {...}}\n</tool_call>}, one or more.
   * Reasoning in {@code <think>} tags may come first. With {@link ToolChoice#auto} text is free up to the first {@code <tool_call>}; from there on
   * it is well-formed calls of these tools with arguments that meet their schemas.
   *
   * <p>Where a tool's parameters list properties and do not mention {@code additionalProperties}, there are no others.
   *
   * @param reasoningOpen whether the prompt has opened the reasoning, so that the answer begins inside it
   * @throws ConstraintException for a schema that cannot be enforced, with the tool's name, or a choice of a tool that is not there
   */
  public static Constraint toolCalls(List<Tool> tools, ToolChoice choice, boolean reasoningOpen) {
    return new Constraint("calls of " + tools.stream().map(Tool::name).toList(), in -> new ToolCallGrammar(in).of(tools, choice, reasoningOpen));
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
