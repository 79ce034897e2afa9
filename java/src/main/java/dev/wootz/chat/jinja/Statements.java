package dev.wootz.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kinds of statements. */
final class Statements {
  private Statements() {}

  /** Text outside of tags. */
  record Data(int at, String text) implements Statement {
    @Override
    public Flow run(Scope scope) {
      scope.run().print(text);
      return Flow.ON;
    }
  }

  record Print(int at, Expression expression) implements Statement {
    @Override
    public Flow run(Scope scope) {
      scope.run().print(PythonText.str(expression.evaluate(scope), scope.run()));
      return Flow.ON;
    }
  }

  /** A condition and what is done where it holds, up to the first that does. */
  record If(int at, List<Branch> branches, Block otherwise) implements Statement {
    record Branch(Expression condition, Block body) {}

    @Override
    public Flow run(Scope scope) {
      for (Branch branch : branches) {
        if (Truth.of(branch.condition().evaluate(scope))) {
          return branch.body().execute(scope);
        }
      }
      return otherwise.execute(scope);
    }
  }

  record Assign(int at, Target target, Expression expression) implements Statement {
    @Override
    public Flow run(Scope scope) {
      target.assign(expression.evaluate(scope), scope);
      return Flow.ON;
    }
  }

  /** {@code set} with a block: the text that the block prints, through a filter perhaps. */
  record AssignBlock(int at, Target target, List<Invocations.Filter> filters, Block body) implements Statement {
    @Override
    public Flow run(Scope scope) {
      Scope inner = scope.inner();
      target.assign(filtered(scope.run().capture(() -> body.execute(inner)), filters, inner), scope);
      return Flow.ON;
    }
  }

  record FilterBlock(int at, List<Invocations.Filter> filters, Block body) implements Statement {
    @Override
    public Flow run(Scope scope) {
      Scope inner = scope.inner();
      printText(filtered(scope.run().capture(() -> body.execute(inner)), filters, inner), scope);
      return Flow.ON;
    }
  }

  /** As Jinja2 has it, a block gives text or fails. */
  private static void printText(Object value, Scope scope) {
    scope.run().print(TextMethods.text(Markup.plain(value)));
  }

  private static Object filtered(Object text, List<Invocations.Filter> filters, Scope scope) {
    Object value = text;
    for (Invocations.Filter filter : filters) {
      value = filter.apply(value, scope);
    }
    return value;
  }

  record DefineMacro(int at, Macro.Definition definition) implements Statement {
    @Override
    public Flow run(Scope scope) {
      scope.set(definition.name(), new Macro(definition, scope));
      return Flow.ON;
    }
  }

  /** {@code call}: calls a macro that can ask for the block's text by {@code caller()}. */
  record CallBlock(int at, Invocations.Call call, Macro.Definition body) implements Statement {
    @Override
    public Flow run(Scope scope) {
      printText(call.call(scope, new Macro(body, scope)), scope);
      return Flow.ON;
    }
  }

  record With(int at, List<Target> targets, List<Expression> values, Block body) implements Statement {
    @Override
    public Flow run(Scope scope) {
      Scope inner = scope.inner();
      for (int i = 0; i < targets.size(); i++) {
        targets.get(i).assign(values.get(i).evaluate(scope), inner);
      }
      return body.execute(inner);
    }
  }

  /** What the model itself has written: {@code generation} marks it in the output. */
  record Generation(int at, Block body) implements Statement {
    @Override
    public Flow run(Scope scope) {
      Scope inner = scope.inner();
      scope.run().generated(() -> body.execute(inner));
      return Flow.ON;
    }
  }

  /** {@code break} and {@code continue}. */
  record Jump(int at, Flow flow) implements Statement {
    @Override
    public Flow run(Scope scope) {
      return flow;
    }
  }

  /** {@code for}. */
  record For(int at, Target target, Expression iterable, @Nullable Expression condition, Block body, Block otherwise) implements Statement {
    @Override
    public Flow run(Scope scope) {
      Object over = iterable.evaluate(scope);
      var elements = Iteration.of(over, scope.run());
      if (condition != null) {
        elements = Selection.select(elements, element -> {
          Scope test = scope.inner();
          target.assign(element, test);
          return Truth.of(condition.evaluate(test));
        });
      }
      Loop loop = new Loop(over, condition != null, elements);
      boolean empty = true;
      while (loop.hasNext()) {
        empty = false;
        Scope pass = scope.inner();
        pass.set("loop", loop);
        target.assign(loop.next(), pass);
        if (body.execute(pass) == Flow.BREAK) {
          break;
        }
      }
      return empty ? otherwise.execute(scope.inner()) : Flow.ON;
    }
  }
}
