package dev.wootz.chat.jinja;

import java.math.BigInteger;
import java.util.List;

/** Whether Python takes a value for true: what is zero, empty, none or undefined is not. */
final class Truth {
  private Truth() {}

  static boolean of(Object given) {
    Object value = Markup.plain(given);
    if (value instanceof Boolean truth) {
      return truth;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof Long number) {
      return number != 0;
    } else if (value instanceof Double number) {
      return number != 0;
    } else if (value instanceof BigInteger number) {
      return number.signum() != 0;
    } else if (value instanceof List<?> list) {
      return !list.isEmpty();
    } else if (value instanceof Dict dict) {
      return dict.size() > 0;
    } else if (value instanceof Tuple tuple) {
      return !tuple.elements().isEmpty();
    } else if (value instanceof DictView view) {
      return !view.elements().isEmpty();
    }
    return value != None.NONE && !(value instanceof Undefined);
  }
}
