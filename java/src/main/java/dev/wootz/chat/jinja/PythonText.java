package dev.wootz.chat.jinja;

import dev.wootz.format.PythonJson;
import java.util.Iterator;

/** Values as Python prints them: {@code str()} and {@code repr()}. */
final class PythonText {
  private final Run run;
  private final StringBuilder text = new StringBuilder();
  private int paid;

  private PythonText(Run run) {
    this.run = run;
  }

  static String str(Object value, Run run) {
    if (value instanceof String text) {
      return text;
    }
    return value instanceof Undefined ? "" : value instanceof Markup markup ? markup.text() : repr(value, run);
  }

  static String repr(Object value, Run run) {
    PythonText writer = new PythonText(run);
    writer.write(value);
    return writer.text.toString();
  }

  static String number(double value) {
    return Double.isNaN(value) ? "nan" : Double.isInfinite(value) ? (value > 0 ? "inf" : "-inf") : PythonJson.text(value);
  }

  /** What {@code str.strip()} strips and {@code \s} matches. */
  static boolean isSpace(int c) {
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || (c > 127 && Character.isSpaceChar(c));
  }

  private void write(Object value) {
    pay();
    if (value instanceof String s) {
      quote(s);
    } else if (value instanceof Boolean truth) {
      text.append(truth ? "True" : "False");
    } else if (value == None.NONE) {
      text.append("None");
    } else if (value instanceof Double number) {
      run.chargeExact();
      text.append(number(number));
    } else if (value instanceof Markup markup) {
      text.append("Markup(");
      quote(markup.text());
      text.append(')');
    } else if (value instanceof Undefined) {
      text.append("Undefined");
    } else if (value instanceof Range || value instanceof Number) {
      text.append(value);
    } else if (value instanceof Iterable<?> || value instanceof Tuple) {
      container(value);
    } else if (value instanceof DictView view) {
      text.append("dict_").append(view.method()).append('(');
      sequence('[', view.elements(), ']');
      text.append(')');
    } else if (value instanceof Namespace namespace) {
      text.append("<Namespace ");
      write(namespace.attributes());
      text.append('>');
    } else if (value instanceof Macro macro) {
      text.append("<Macro '").append(macro.name()).append("'>");
    } else if (value instanceof Loop loop) {
      text.append("<LoopContext ").append(loop.index()).append('/').append(loop.length(run)).append('>');
    } else {
      text.append('<').append(Kind.of(value)).append('>');
    }
  }

  private void container(Object value) {
    run.enter();
    if (value instanceof Dict dict) {
      mapping(dict);
    } else if (value instanceof Tuple tuple) {
      sequence('(', tuple.elements(), ')');
      if (tuple.elements().size() == 1) {
        text.insert(text.length() - 1, ',');
      }
    } else {
      sequence('[', (Iterable<?>) value, ']');
    }
    run.leave();
  }

  private void sequence(char open, Iterable<?> elements, char close) {
    text.append(open);
    for (Iterator<?> i = elements.iterator(); i.hasNext(); ) {
      write(i.next());
      text.append(i.hasNext() ? ", " : "");
    }
    text.append(close);
  }

  private void mapping(Dict dict) {
    text.append('{');
    for (Iterator<Dict.Item> i = dict.iterator(); i.hasNext(); ) {
      Dict.Item item = i.next();
      write(item.key());
      text.append(": ");
      write(item.value());
      text.append(i.hasNext() ? ", " : "");
    }
    text.append('}');
  }

  /** For what was written since the last time. */
  private void pay() {
    run.charge(1);
    run.chargeGrowth(text, paid);
    paid = text.length();
  }

  private void quote(String s) {
    char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
    text.append(quote);
    s.codePoints().forEach(c -> escape(c, quote));
    text.append(quote);
  }

  private void escape(int c, char quote) {
    switch (c) {
      case '\n' -> text.append("\\n");
      case '\r' -> text.append("\\r");
      case '\t' -> text.append("\\t");
      case '\\' -> text.append("\\\\");
      default -> {
        if (c == quote) {
          text.append('\\').append(quote);
        } else if (isPrintable(c)) {
          text.appendCodePoint(c);
        } else {
          text.append(c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U");
          hexadecimal(text, c, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
        }
      }
    }
  }

  static void hexadecimal(StringBuilder text, int value, int digits) {
    for (int shift = 4 * digits - 4; shift >= 0; shift -= 4) {
      text.append(Character.forDigit(value >> shift & 15, 16));
    }
  }

  private static boolean isPrintable(int c) {
    return c == ' '
        || switch (Character.getType(c)) {
          case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
              Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR -> false;
          default -> true;
        };
  }
}
