package dev.wootz.chat.jinja;

import org.jspecify.annotations.Nullable;

/**
 * The value of what is not there: prints as nothing, is false and empty; anything else that is done with it fails with its problem.
 *
 * @param variable what was looked for, null for what has no name, such as the first element of an empty list
 */
record Undefined(String problem, @Nullable String variable) {

  static Undefined variable(String name) {
    return new Undefined("'" + name + "' is undefined", name);
  }

  static Undefined attribute(Object owner, Object name) {
    String kind = owner == None.NONE ? "'None'" : "'" + Kind.of(owner) + " object'";
    return new Undefined(kind + " has no " + (name instanceof String s ? "attribute '" + s + "'" : "element " + shown(name)), shown(name));
  }

  private static String shown(Object name) {
    return name instanceof String || name instanceof Number ? name.toString() : "of the type " + Kind.of(name);
  }

  Fault fault() {
    return new Fault(problem, variable);
  }

  /** As Python has it: any two are equal. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
