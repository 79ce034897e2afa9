package dev.wootz.chat.jinja;

import java.util.List;

/** Statements one after the other. */
record Block(List<Statement> statements) {
  Statement.Flow execute(Scope scope) {
    for (Statement statement : statements) {
      Statement.Flow flow = statement.execute(scope);
      if (flow != Statement.Flow.ON) {
        return flow;
      }
    }
    return Statement.Flow.ON;
  }
}
