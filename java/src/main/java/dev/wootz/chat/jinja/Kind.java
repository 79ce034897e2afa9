package dev.wootz.chat.jinja;

import java.math.BigInteger;
import java.util.List;

/** What Python calls the type of a value, for messages. */
final class Kind {
  private Kind() {}

  static String of(Object value) {
    if (value instanceof String || value instanceof Markup) {
      return "str";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (value instanceof Long || value instanceof BigInteger) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof Dict) {
      return "dict";
    } else if (value instanceof Range) {
      return "range";
    } else if (value instanceof List) {
      return "list";
    } else if (value instanceof Tuple) {
      return "tuple";
    } else if (value == None.NONE) {
      return "NoneType";
    } else if (value instanceof DictView view) {
      return "dict_" + view.method();
    } else if (value instanceof Generator) {
      return "generator";
    } else if (value instanceof Callable) {
      return "function";
    }
    return value.getClass().getSimpleName();
  }
}
