package dev.wootz.chat.jinja;

import dev.wootz.format.PythonJson;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The filter {@code tojson} as transformers defines it: Python's {@code json.dumps}, with characters beyond ASCII as they are. */
final class JsonText {
  private static final Signature SIGNATURE = Signature.of("ensure_ascii?", "indent?", "separators?", "sort_keys?");

  private final Run run;
  private final boolean ascii;
  private final boolean sorted;
  private final @Nullable String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final StringBuilder text = new StringBuilder();
  private int paid;

  private JsonText(@Nullable Object[] arguments, Run run) {
    this.run = run;
    this.ascii = arguments[0] != null && Truth.of(arguments[0]);
    this.indent = indent(arguments[1], run);
    this.sorted = arguments[3] != null && Truth.of(arguments[3]);
    if (arguments[2] == null || arguments[2] == None.NONE) {
      itemSeparator = indent == null ? ", " : ",";
      keySeparator = ": ";
    } else {
      List<Object> separators = Iteration.list(arguments[2], run);
      if (separators.size() != 2 || !(separators.get(0) instanceof String items) || !(separators.get(1) instanceof String keys)) {
        throw new Fault("tojson needs two separators");
      }
      itemSeparator = items;
      keySeparator = keys;
    }
  }

  static String of(Object value, Arguments given, Run run) {
    JsonText json = new JsonText(SIGNATURE.bind("tojson", given), run);
    json.write(value, 0);
    run.chargeGrowth(json.text, json.paid);
    return json.text.toString();
  }

  private static @Nullable String indent(@Nullable Object given, Run run) {
    if (given == null || given == None.NONE) {
      return null;
    }
    return given instanceof String text ? text : TextMethods.repeat(" ", Numbers.integer(given), run);
  }

  private void write(Object value, int level) {
    run.charge(1);
    run.chargeGrowth(text, paid);
    paid = text.length();
    if (Markup.plain(value) instanceof String s) {
      quote(s);
    } else if (value == None.NONE) {
      text.append("null");
    } else if (value instanceof Boolean || value instanceof Long || value instanceof BigInteger) {
      text.append(value);
    } else if (value instanceof Double number) {
      run.chargeExact();
      text.append(PythonJson.text(number));
    } else if (value instanceof Dict dict) {
      object(dict, level);
    } else if (value instanceof Tuple tuple) {
      array(tuple.elements(), level);
    } else if (value instanceof List<?> list && !(value instanceof Range)) {
      array(list, level);
    } else {
      String variable = value instanceof Undefined undefined ? undefined.variable() : null;
      throw new Fault("Object of type " + Kind.of(value) + " is not JSON serializable", variable);
    }
  }

  private void array(List<?> elements, int level) {
    if (elements.isEmpty()) {
      text.append("[]");
      return;
    }
    run.enter();
    text.append('[');
    for (Iterator<?> i = elements.iterator(); i.hasNext(); ) {
      line(level + 1);
      write(i.next(), level + 1);
      text.append(i.hasNext() ? itemSeparator : "");
    }
    line(level);
    text.append(']');
    run.leave();
  }

  private void object(Dict dict, int level) {
    if (dict.size() == 0) {
      text.append("{}");
      return;
    }
    run.enter();
    text.append('{');
    for (Iterator<Dict.Item> i = items(dict); i.hasNext(); ) {
      Dict.Item item = i.next();
      line(level + 1);
      quote(key(item.key()));
      text.append(keySeparator);
      write(item.value(), level + 1);
      text.append(i.hasNext() ? itemSeparator : "");
    }
    line(level);
    text.append('}');
    run.leave();
  }

  private Iterator<Dict.Item> items(Dict dict) {
    if (!sorted) {
      return dict.iterator();
    }
    List<Dict.Item> items = new ArrayList<>(dict.size());
    dict.forEach(items::add);
    items.sort(Comparator.comparing(Dict.Item::key, (a, b) -> Comparison.order(a, b, run)));
    return items.iterator();
  }

  private static String key(Object key) {
    if (key instanceof String s) {
      return s;
    } else if (key == None.NONE) {
      return "null";
    } else if (key instanceof Double number) {
      return PythonJson.text(number);
    } else if (key instanceof Boolean || key instanceof Long || key instanceof BigInteger) {
      return key.toString();
    }
    throw new Fault("keys must be str, int, float, bool or None, not " + Kind.of(key));
  }

  private void line(int level) {
    if (indent != null) {
      text.append('\n');
      for (int i = 0; i < level; i++) {
        text.append(indent);
        run.chargeGrowth(text, text.length());
      }
    }
  }

  private void quote(String s) {
    text.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case '\f' -> text.append("\\f");
        case '\b' -> text.append("\\b");
        default -> {
          if (c < ' ' || (ascii && c > '~' + 1)) {
            text.append("\\u");
            PythonText.hexadecimal(text, c, 4);
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
