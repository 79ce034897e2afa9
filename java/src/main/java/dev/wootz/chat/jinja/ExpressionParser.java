package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Literals.Constant;
import dev.wootz.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parses expressions by the binding powers of their operators. From weak to strong: {@code if else}, {@code or}, {@code and}, {@code not},
 * comparisons, {@code + -}, {@code ~}, {@code * / // %}, {@code **} (from the left, unlike Python's), signs; filters, tests, calls and
 * lookups bind to what stands before them.
 */
final class ExpressionParser {
  private static final int COMPARISON = 1;
  private static final int CONCATENATION = 3;
  private static final Map<String, Integer> POWERS =
      Map.of("+", 2, "-", 2, "~", CONCATENATION, "*", 4, "/", 4, "//", 4, "%", 4, "**", 5);
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;
  private final PrimaryParser primaries;
  private final Deque<Set<String>> mentioned = new ArrayDeque<>();

  /** Whether a filter or test that does not exist is an error only when it is reached: in branches, as in Jinja2. */
  private boolean lenient;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.primaries = new PrimaryParser(tokens, this);
  }

  /** From here on, collects the names of the variables that are spoken of. */
  void startMentions() {
    mentioned.push(new HashSet<>());
  }

  Set<String> endMentions() {
    return mentioned.pop();
  }

  void mention(String name) {
    mentioned.forEach(names -> names.add(name));
  }

  boolean lenient() {
    return lenient;
  }

  /** Sets {@link #lenient} and gives what it was. */
  boolean lenient(boolean now) {
    boolean before = lenient;
    lenient = now;
    return before;
  }

  /** An expression, or several with commas between them, which make a tuple. */
  Expression tuple(boolean conditional, boolean parentheses) {
    int at = tokens.current().at();
    List<Expression> elements = new ArrayList<>();
    boolean comma = false;
    while (!atTupleEnd()) {
      elements.add(conditional ? expression() : disjunction());
      if (!tokens.skipOperator(",")) {
        break;
      }
      comma = true;
    }
    if (comma || (elements.isEmpty() && parentheses)) {
      return new Literals.TupleDisplay(at, elements);
    }
    if (elements.isEmpty()) {
      throw tokens.unexpected("an expression");
    }
    return elements.get(0);
  }

  private boolean atTupleEnd() {
    Token token = tokens.current();
    return token.is(Kind.PRINT_END) || token.is(Kind.TAG_END) || token.isOperator(")") || token.isName("recursive");
  }

  Expression expression() {
    tokens.enter();
    int at = tokens.current().at();
    boolean before = lenient;
    Expression expression = disjunction();
    while (tokens.skipName("if")) {
      lenient(true);
      Expression condition = disjunction();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      expression = new Operations.Conditional(at, condition, expression, otherwise);
      lenient(before);
    }
    tokens.leave();
    return expression;
  }

  Expression disjunction() {
    Expression left = conjunction();
    for (int at = tokens.current().at(); tokens.skipName("or"); at = tokens.current().at()) {
      left = new Operations.Junction(at, false, left, conjunction());
    }
    return left;
  }

  private Expression conjunction() {
    Expression left = negation();
    for (int at = tokens.current().at(); tokens.skipName("and"); at = tokens.current().at()) {
      left = new Operations.Junction(at, true, left, negation());
    }
    return left;
  }

  private Expression negation() {
    int at = tokens.current().at();
    if (!tokens.skipName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression operand = negation();
    tokens.leave();
    return new Operations.Negation(at, operand);
  }

  private Expression comparison() {
    Expression first = binary(COMPARISON);
    int at = tokens.current().at();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    for (String operator = comparisonOperator(); !operator.isEmpty(); operator = comparisonOperator()) {
      operators.add(operator);
      others.add(binary(COMPARISON));
    }
    return operators.isEmpty() ? first : new Operations.Comparisons(at, first, operators, others);
  }

  private String comparisonOperator() {
    Token token = tokens.current();
    if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
      return tokens.next().text();
    }
    if (tokens.skipName("in")) {
      return "in";
    }
    if (token.isName("not") && tokens.following().isName("in")) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return "";
  }

  /** Operators that bind more strongly than {@code power}, all from the left. */
  private Expression binary(int power) {
    Expression left = primaries.signed(true);
    while (true) {
      Token operator = tokens.current();
      int strength = operator.is(Kind.OPERATOR) ? POWERS.getOrDefault(operator.text(), 0) : 0;
      if (strength <= power) {
        return left;
      }
      tokens.next();
      Expression right = binary(strength);
      left = strength == CONCATENATION
          ? concatenation(operator, left, right)
          : new Operations.Binary(operator.at(), operator.text(), left, right);
    }
  }

  private static Expression concatenation(Token operator, Expression left, Expression right) {
    if (left instanceof Operations.Concatenation before) {
      before.parts().add(right);
      return before;
    }
    return new Operations.Concatenation(operator.at(), new ArrayList<>(List.of(left, right)));
  }

  /** The filters after {@code |}, for blocks: {@code upper | trim}. */
  List<Invocations.Filter> blockFilters() {
    List<Invocations.Filter> filters = new ArrayList<>();
    do {
      filters.add(primaries.filter(null));
    } while (tokens.skipOperator("|"));
    return filters;
  }

  /** {@code a}, {@code a.b} or {@code a, b} on the left of an assignment. */
  Target target(boolean namespace) {
    List<Target> targets = new ArrayList<>();
    boolean comma = false;
    do {
      if (!targets.isEmpty() && atTargetEnd()) {
        break;
      }
      targets.add(oneTarget(namespace));
      comma |= tokens.current().isOperator(",");
    } while (tokens.skipOperator(","));
    return comma ? new Target.Several(targets) : targets.get(0);
  }

  private boolean atTargetEnd() {
    Token token = tokens.current();
    return token.isName("in") || token.isOperator("=") || token.is(Kind.TAG_END) || token.isOperator(")");
  }

  private Target oneTarget(boolean namespace) {
    if (tokens.skipOperator("(")) {
      tokens.enter();
      Target inner = target(namespace);
      tokens.expectOperator(")");
      tokens.leave();
      return inner;
    }
    Token name = assignable();
    if (namespace && tokens.skipOperator(".")) {
      mention(name.text());
      return new Target.NamespaceAttribute(name.text(), tokens.expect(Kind.NAME, "the name of an attribute").text());
    }
    return new Target.Variable(name.text());
  }

  Token assignable() {
    Token name = tokens.expect(Kind.NAME, "the name of a variable");
    if (Constants.of(name) != null) {
      throw tokens.error(name.at(), "cannot assign to '" + name.text() + "'");
    }
    return name;
  }

  Expression constant(Token name) {
    Object constant = Constants.of(name);
    if (constant != null) {
      return new Constant(name.at(), constant);
    }
    mention(name.text());
    return new Lookups.Name(name.at(), name.text());
  }
}
