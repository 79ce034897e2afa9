package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Invocations.ArgumentList;
import dev.wootz.chat.jinja.Literals.Constant;
import dev.wootz.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses literals and names with all that follows them: lookups, calls, filters, tests. */
final class PrimaryParser {
  /** What can begin the argument of a test that is given without brackets. */
  private static final Set<Kind> ARGUMENT_KINDS = Set.of(Kind.NAME, Kind.STRING, Kind.INTEGER, Kind.FLOAT);

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A primary with its signs; filters and tests apply to the whole, signs included. */
  Expression signed(boolean filters) {
    tokens.enter();
    Token token = tokens.current();
    Expression expression;
    if (token.isOperator("-") || token.isOperator("+")) {
      tokens.next();
      expression = new Operations.Sign(token.at(), token.isOperator("-"), signed(false));
    } else {
      expression = primary();
    }
    expression = postfix(expression);
    if (filters) {
      expression = filtered(expression);
    }
    tokens.leave();
    return expression;
  }

  private Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> expressions.constant(token);
      case STRING -> text(token);
      case INTEGER -> integer(token);
      case FLOAT -> new Constant(token.at(), Double.valueOf(token.text()));
      case OPERATOR -> display(token);
      default -> throw tokens.error(token.at(), "expected an expression, found " + token.describe());
    };
  }

  private Expression text(Token first) {
    StringBuilder text = new StringBuilder(first.text());
    while (tokens.current().is(Kind.STRING)) {
      text.append(tokens.next().text());
    }
    return new Constant(first.at(), text.toString());
  }

  private Expression integer(Token token) {
    try {
      return new Constant(token.at(), Constants.integer(token.text()));
    } catch (Fault fault) {
      throw tokens.error(token.at(), fault.getMessage());
    }
  }

  private Expression display(Token token) {
    switch (token.text()) {
      case "(" -> {
        Expression inner = expressions.tuple(true, true);
        tokens.expectOperator(")");
        return inner;
      }
      case "[" -> {
        List<Expression> elements = new ArrayList<>();
        while (!tokens.current().isOperator("]")) {
          elements.add(expressions.expression());
          if (!tokens.skipOperator(",")) {
            break;
          }
        }
        tokens.expectOperator("]");
        return new Literals.ListDisplay(token.at(), elements);
      }
      case "{" -> {
        return dict(token);
      }
      default -> throw tokens.error(token.at(), "expected an expression, found " + token.describe());
    }
  }

  private Expression dict(Token token) {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.current().isOperator("}")) {
      keys.add(expressions.expression());
      tokens.expectOperator(":");
      values.add(expressions.expression());
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator("}");
    return new Literals.DictDisplay(token.at(), keys, values);
  }

  private Expression postfix(Expression begin) {
    Expression expression = begin;
    while (true) {
      Token token = tokens.current();
      if (tokens.skipOperator(".")) {
        expression = attribute(expression);
      } else if (tokens.skipOperator("[")) {
        expression = subscript(token, expression);
      } else if (token.isOperator("(")) {
        expression = new Invocations.Call(token.at(), expression, arguments());
      } else {
        return expression;
      }
    }
  }

  private Expression attribute(Expression owner) {
    Token token = tokens.next();
    if (token.is(Kind.INTEGER)) {
      return new Lookups.Item(token.at(), owner, integer(token));
    }
    if (!token.is(Kind.NAME)) {
      throw tokens.error(token.at(), "expected the name or number of an attribute, found " + token.describe());
    }
    return new Lookups.Attribute(token.at(), owner, token.text());
  }

  private Expression subscript(Token bracket, Expression owner) {
    Expression start = tokens.current().isOperator(":") ? null : expressions.expression();
    if (start != null && !tokens.current().isOperator(":")) {
      Expression key = tokens.current().isOperator(",") ? keyTuple(bracket, start) : start;
      tokens.expectOperator("]");
      return new Lookups.Item(bracket.at(), owner, key);
    }
    tokens.expectOperator(":");
    Expression stop = atBoundEnd() ? null : expressions.expression();
    Expression step = tokens.skipOperator(":") && !atBoundEnd() ? expressions.expression() : null;
    tokens.expectOperator("]");
    return new Lookups.Slice(bracket.at(), owner, start, stop, step);
  }

  private Expression keyTuple(Token bracket, Expression first) {
    List<Expression> elements = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      elements.add(expressions.expression());
    }
    return new Literals.TupleDisplay(bracket.at(), elements);
  }

  private boolean atBoundEnd() {
    return tokens.current().isOperator(":") || tokens.current().isOperator("]");
  }

  private Expression filtered(Expression begin) {
    Expression expression = begin;
    while (true) {
      Token token = tokens.current();
      if (tokens.skipOperator("|")) {
        expression = filter(expression);
      } else if (tokens.skipName("is")) {
        expression = test(token, expression);
      } else if (token.isOperator("(")) {
        expression = new Invocations.Call(token.at(), expression, arguments());
      } else {
        return expression;
      }
    }
  }

  /** A name that may have dots in it. */
  private Token dotted(String description) {
    Token name = tokens.expect(Kind.NAME, description);
    StringBuilder text = new StringBuilder(name.text());
    while (tokens.skipOperator(".")) {
      text.append('.').append(tokens.expect(Kind.NAME, description).text());
    }
    return new Token(Kind.NAME, name.at(), text.toString());
  }

  Invocations.Filter filter(@Nullable Expression subject) {
    Token name = dotted("the name of a filter");
    if (!Filters.exists(name.text()) && !expressions.lenient()) {
      throw tokens.error(name.at(), "No filter named '" + name.text() + "'");
    }
    ArgumentList arguments = tokens.current().isOperator("(") ? arguments() : ArgumentList.NONE;
    return new Invocations.Filter(name.at(), subject, name.text(), arguments);
  }

  private Expression test(Token is, Expression subject) {
    boolean negated = tokens.skipName("not");
    Token name = dotted("the name of a test");
    if (!Tests.exists(name.text()) && !expressions.lenient()) {
      throw tokens.error(name.at(), "No test named '" + name.text() + "'");
    }
    Expression test = new Invocations.Test(is.at(), subject, name.text(), testArguments());
    return negated ? new Operations.Negation(is.at(), test) : test;
  }

  private ArgumentList testArguments() {
    Token token = tokens.current();
    if (token.isOperator("(")) {
      return arguments();
    }
    boolean begins = ARGUMENT_KINDS.contains(token.kind()) || token.isOperator("[") || token.isOperator("{");
    if (!begins || token.isName("else") || token.isName("or") || token.isName("and")) {
      return ArgumentList.NONE;
    }
    if (token.isName("is")) {
      throw tokens.error(token.at(), "You cannot chain multiple tests with is");
    }
    return new ArgumentList(List.of(postfix(primary())), Map.of(), null, null);
  }

  private ArgumentList arguments() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    Expression rest = null;
    Expression others = null;
    while (!tokens.current().isOperator(")")) {
      Token token = tokens.current();
      if (others != null || (rest != null && !token.isOperator("**") && !isNamed(token))) {
        throw tokens.error(token.at(), "an argument after those that * or ** gives");
      }
      if (tokens.skipOperator("*")) {
        rest = expressions.expression();
      } else if (tokens.skipOperator("**")) {
        others = expressions.expression();
      } else if (isNamed(token)) {
        tokens.next();
        tokens.next();
        if (named.put(token.text(), expressions.expression()) != null) {
          throw tokens.error(token.at(), "the argument '" + token.text() + "' is given twice");
        }
      } else if (!named.isEmpty()) {
        throw tokens.error(token.at(), "an argument without a name after one with a name");
      } else {
        positional.add(expressions.expression());
      }
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    return new ArgumentList(positional, named, rest, others);
  }

  private boolean isNamed(Token token) {
    return token.is(Kind.NAME) && tokens.following().isOperator("=");
  }
}
