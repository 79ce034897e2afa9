package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Statement.Flow;
import dev.wootz.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Parses text and tags. */
final class StatementParser {
  private static final Set<String> REFUSED = Set.of("block", "extends", "include", "import", "from", "autoescape");
  private static final Set<String> REST = Set.of("varargs", "kwargs", "caller");

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  /** Whether {@code break} and {@code continue} have a loop to act on. */
  private boolean inLoop;

  /** Whether what is printed goes straight to the output, so that its place there is known. */
  private boolean direct = true;

  StatementParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  Block template() {
    Block body = block(Set.of());
    if (!tokens.current().is(Kind.END)) {
      throw tokens.unexpected("the end of the template");
    }
    return body;
  }

  /** Statements up to a tag of one of these names, which is then the current token; or up to the end when there are no names. */
  private Block block(Set<String> ends) {
    tokens.enter();
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> statements.add(new Statements.Data(token.at(), token.text()));
        case PRINT_BEGIN -> {
          statements.add(new Statements.Print(tokens.current().at(), expressions.tuple(true, false)));
          tokens.expect(Kind.PRINT_END, "'}}'");
        }
        case TAG_BEGIN -> {
          if (tokens.current().is(Kind.NAME) && ends.contains(tokens.current().text())) {
            tokens.leave();
            return new Block(List.copyOf(statements));
          }
          statements.addAll(tag());
          tokens.expect(Kind.TAG_END, "'%}'");
        }
        default -> {
          if (!ends.isEmpty()) {
            throw tokens.error(token.at(), "the template ends before " + ends.stream().sorted().collect(Collectors.joining(" or ")));
          }
          tokens.leave();
          return new Block(List.copyOf(statements));
        }
      }
    }
  }

  /** The rest of a tag and what follows, up to the tag that ends it, whose name is then behind. */
  private Block body(String end) {
    Block body = openBody(Set.of(end));
    tokens.next();
    return body;
  }

  private Block openBody(Set<String> ends) {
    tokens.skipOperator(":");
    tokens.expect(Kind.TAG_END, "'%}'");
    return block(ends);
  }

  /** A body whose text is not printed where it stands. */
  private Block capturedBody(String end) {
    boolean wasDirect = direct;
    direct = false;
    Block body = separateBody(end);
    direct = wasDirect;
    return body;
  }

  /** A body that a jump cannot leave. */
  private Block separateBody(String end) {
    boolean wasInLoop = inLoop;
    boolean wasLenient = expressions.lenient(false);
    inLoop = false;
    Block body = body(end);
    inLoop = wasInLoop;
    expressions.lenient(wasLenient);
    return body;
  }

  private List<Statement> tag() {
    Token name = tokens.expect(Kind.NAME, "the name of a tag");
    int at = name.at();
    return switch (name.text()) {
      case "if" -> List.of(conditional(at));
      case "for" -> List.of(loop(at));
      case "set" -> List.of(assignment(at));
      case "macro" -> List.of(macro(at));
      case "call" -> List.of(call(at));
      case "filter" -> List.of(new Statements.FilterBlock(at, expressions.blockFilters(), capturedBody("endfilter")));
      case "with" -> List.of(with(at));
      case "generation" -> List.of(generation(at));
      case "print" -> print();
      case "break" -> List.of(jump(at, Flow.BREAK));
      case "continue" -> List.of(jump(at, Flow.CONTINUE));
      default -> throw tokens.error(at, REFUSED.contains(name.text())
          ? "the tag '" + name.text() + "' is for web pages and not supported in chat templates"
          : "unexpected tag '" + name.text() + "'");
    };
  }

  private Statement conditional(int at) {
    boolean wasLenient = expressions.lenient(true);
    List<Statements.If.Branch> branches = new ArrayList<>();
    Block otherwise = new Block(List.of());
    Token end;
    do {
      Expression condition = expressions.tuple(false, false);
      branches.add(new Statements.If.Branch(condition, openBody(Set.of("elif", "else", "endif"))));
      end = tokens.next();
    } while (end.isName("elif"));
    if (end.isName("else")) {
      otherwise = body("endif");
    }
    expressions.lenient(wasLenient);
    return new Statements.If(at, List.copyOf(branches), otherwise);
  }

  private Statement loop(int at) {
    Target target = expressions.target(false);
    if (!tokens.skipName("in")) {
      throw tokens.unexpected("'in'");
    }
    Expression iterable = expressions.tuple(false, false);
    Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    if (tokens.current().isName("recursive")) {
      throw tokens.error(tokens.current().at(), "recursive loops are not supported");
    }
    boolean wasInLoop = inLoop;
    boolean wasLenient = expressions.lenient(false);
    inLoop = true;
    Block body = openBody(Set.of("endfor", "else"));
    inLoop = wasInLoop;
    Block otherwise = tokens.next().isName("else") ? body("endfor") : new Block(List.of());
    expressions.lenient(wasLenient);
    return new Statements.For(at, target, iterable, condition, body, otherwise);
  }

  private Statement assignment(int at) {
    Target target = expressions.target(true);
    if (tokens.skipOperator("=")) {
      return new Statements.Assign(at, target, expressions.tuple(true, false));
    }
    List<Invocations.Filter> filters = tokens.skipOperator("|") ? expressions.blockFilters() : List.of();
    return new Statements.AssignBlock(at, target, filters, capturedBody("endset"));
  }

  private Statement macro(int at) {
    String name = expressions.assignable().text();
    return new Statements.DefineMacro(at, definition(name, parameters(), "endmacro"));
  }

  private Macro.Definition definition(String name, List<Macro.Parameter> parameters, String end) {
    expressions.startMentions();
    Block body = capturedBody(end);
    Set<String> rest = expressions.endMentions();
    rest.retainAll(REST);
    return new Macro.Definition(name, parameters, Set.copyOf(rest), body);
  }

  private List<Macro.Parameter> parameters() {
    List<Macro.Parameter> parameters = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.current().isOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      Token name = expressions.assignable();
      Expression otherwise = tokens.skipOperator("=") ? expressions.expression() : null;
      if (otherwise == null && !parameters.isEmpty() && parameters.get(parameters.size() - 1).otherwise() != null) {
        throw tokens.error(name.at(), "a parameter without a default after one with a default");
      }
      parameters.add(new Macro.Parameter(name.text(), otherwise));
    }
    tokens.next();
    return parameters;
  }

  private Statement call(int at) {
    List<Macro.Parameter> parameters = tokens.current().isOperator("(") ? parameters() : List.of();
    Expression callee = expressions.expression();
    if (!(callee instanceof Invocations.Call call)) {
      throw tokens.error(callee.at(), "expected the call of a macro");
    }
    return new Statements.CallBlock(at, call, definition("caller", parameters, "endcall"));
  }

  private Statement with(int at) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.current().is(Kind.TAG_END)) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(new Target.Variable(expressions.assignable().text()));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statements.With(at, targets, values, body("endwith"));
  }

  private Statement generation(int at) {
    if (!direct) {
      throw tokens.error(at, "a generation block in a macro or another block whose text is printed elsewhere");
    }
    direct = false;
    Block body = separateBody("endgeneration");
    direct = true;
    return new Statements.Generation(at, body);
  }

  private List<Statement> print() {
    List<Statement> prints = new ArrayList<>();
    while (!tokens.current().is(Kind.TAG_END)) {
      if (!prints.isEmpty()) {
        tokens.expectOperator(",");
      }
      prints.add(new Statements.Print(tokens.current().at(), expressions.expression()));
    }
    return prints;
  }

  private Statement jump(int at, Flow flow) {
    if (!inLoop) {
      throw tokens.error(at, (flow == Flow.BREAK ? "break" : "continue") + " outside of a loop");
    }
    return new Statements.Jump(at, flow);
  }
}
