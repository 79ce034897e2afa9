package dev.wootz.engine.grammar;

import java.util.Set;

/** Arrays of one case: first elements that differ, then any number of others. */
final class SchemaArrays {
  private static final int MOST_PREFIX = 10_000;

  private final SchemaCompiler compiler;
  private final Expressions in;
  private final SchemaCase one;

  SchemaArrays(SchemaCompiler compiler, SchemaCase one) {
    this.compiler = compiler;
    this.in = compiler.in;
    this.one = one;
  }

  boolean isEmpty(Set<String> open) {
    if (one.minItems > one.maxItems) {
      return true;
    }
    int different = Math.min(one.minItems, one.prefix() + 1);
    for (int i = 0; i < different; i++) {
      if (compiler.isEmpty(one.element(i), open)) {
        return true;
      }
    }
    return false;
  }

  Expression array() {
    int prefix = Math.min(one.prefix(), one.maxItems);
    if (prefix > MOST_PREFIX) {
      throw SchemaReader.wrong(one.pointer, prefix + " prefixItems", "at most " + MOST_PREFIX);
    }
    if (one.minItems > one.maxItems) {
      return in.nothing;
    }
    Expression comma = compiler.json.comma();
    Expression rest = one.maxItems > prefix ? compiler.value(one.element(one.prefix())) : in.nothing;
    int min = Math.max(0, one.minItems - prefix);
    int max = one.maxItems == Expressions.UNBOUNDED ? one.maxItems : one.maxItems - prefix;
    if (prefix == 0) {
      Expression more = in.repeat(in.sequence(comma, rest), Math.max(0, min - 1), max == Expressions.UNBOUNDED ? max : Math.max(0, max - 1));
      Expression some = max == 0 ? in.nothing : in.sequence(rest, more);
      return compiler.json.enclosed("[", min == 0 ? in.optional(some) : some, "]");
    }
    Expression tail = in.repeat(in.sequence(comma, rest), min, max);
    for (int i = prefix - 1; i >= 0; i--) {
      Expression element = compiler.value(one.element(i));
      tail = in.sequence(i == 0 ? in.empty : comma, element, tail);
      if (i >= one.minItems) {
        tail = in.optional(tail);
      }
    }
    return compiler.json.enclosed("[", tail, "]");
  }
}
