package dev.wootz.chat.jinja;

import java.util.List;
import java.util.stream.Collectors;

/** A part of a template that has a value. */
interface Expression {
  /** Where it stands in the source, in UTF-16 units. */
  int at();

  /** The value in {@code scope}; callers use {@link #evaluate}, which counts and places what goes wrong. */
  Object value(Scope scope);

  /** As the template spells it where it is a variable, an attribute or an element, else empty: for messages. */
  default String spelling() {
    return "";
  }

  /** The parts that may be to blame when {@link #value} fails. */
  default List<Expression> parts() {
    return List.of();
  }

  /** The value in {@code scope}. Throws {@link TemplateException}. */
  default Object evaluate(Scope scope) {
    Run run = scope.run();
    try {
      run.enter();
      return value(scope);
    } catch (Fault fault) {
      String subject = parts().stream().map(Expression::spelling).filter(part -> !part.isEmpty()).collect(Collectors.joining(", "));
      throw run.error(at(), fault, subject);
    } finally {
      run.leave();
    }
  }
}
