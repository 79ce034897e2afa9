package dev.wootz.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code cycler(...)} gives: its values one after the other, for ever. */
final class Cycler {
  private final List<Object> values;
  private int at;

  Cycler(List<Object> values) {
    if (values.isEmpty()) {
      throw new Fault("at least one item has to be provided");
    }
    this.values = values;
  }

  @Nullable Object attribute(String name) {
    return switch (name) {
      case "current" -> values.get(at);
      case "next" -> new Builtin(name, Signature.of(), (a, run) -> next());
      case "reset" -> new Builtin(name, Signature.of(), (a, run) -> reset());
      default -> null;
    };
  }

  private Object next() {
    Object value = values.get(at);
    at = (at + 1) % values.size();
    return value;
  }

  private Object reset() {
    at = 0;
    return None.NONE;
  }
}
