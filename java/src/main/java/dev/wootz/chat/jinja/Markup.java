package dev.wootz.chat.jinja;

/**
 * Text that {@code safe} or {@code escape} gave: what is added to it is escaped for HTML. Chat templates have no use for that, but some do
 * it all the same, and their models were trained on the result. Everything else sees plain text.
 */
record Markup(String text) {

  static Object plain(Object value) {
    return value instanceof Markup markup ? markup.text() : value;
  }

  /** Escapes what is not marked yet. */
  static Markup of(Object value, Run run) {
    if (value instanceof Markup markup) {
      return markup;
    }
    String text = PythonText.str(value, run);
    run.chargeText(6L * text.length());
    return new Markup(
        text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace("\"", "&#34;"));
  }

  /** {@code a + b} where one is marked and both are text. */
  static Markup sum(Object a, Object b, Run run) {
    Markup left = of(a, run);
    Markup right = of(b, run);
    run.chargeText((long) left.text.length() + right.text.length());
    return new Markup(left.text + right.text);
  }
}
