package dev.wootz.chat.jinja;

/**
 * A piece of a template.
 *
 * @param at where it begins in the source
 * @param text of DATA, NAME and OPERATOR as written, of STRING unescaped, of INTEGER and FLOAT without underscores
 */
record Token(Kind kind, int at, String text) {

  enum Kind {
    /** Text outside of tags. */
    DATA,
    /** <code>{{</code> */
    PRINT_BEGIN,
    /** <code>}}</code> */
    PRINT_END,
    /** <code>{%</code> */
    TAG_BEGIN,
    /** <code>%}</code> */
    TAG_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind wanted) {
    return kind == wanted;
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /** For messages. */
  String describe() {
    return switch (kind) {
      case DATA -> "text";
      case PRINT_BEGIN -> "'{{'";
      case PRINT_END -> "'}}'";
      case TAG_BEGIN -> "'{%'";
      case TAG_END -> "'%}'";
      case STRING -> "a string";
      case END -> "the end of the template";
      default -> "'" + text + "'";
    };
  }
}
