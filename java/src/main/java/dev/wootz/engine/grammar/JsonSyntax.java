package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * JSON as it is generated. White space is what models are used to and no more: after {@code :} nothing or a space; around elements nothing, a
 * space, or a line break with at most {@value #DEEPEST_INDENT} spaces (or {@value #DEEPEST_TABS} tabs) of indentation. So no model can go on with
 * white space for ever.
 *
 * <p>Numbers stay in the range of a double, and integers in that of a long: at most {@value #MOST_DIGITS} digits before the point and after it.
 *
 * <p>Characters of strings stand for themselves where they may. Strings whose content is free may hold any other escape as well, surrogates in pairs
 * only; those that are compared with something (names, {@code pattern}, {@code enum}) hold only the escapes that are needed, in their short form.
 */
final class JsonSyntax implements TextEncoding {
  static final int MOST_DIGITS = 18;
  private static final int DEEPEST_INDENT = 32;
  private static final int DEEPEST_TABS = 8;

  private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u[0-9A-F]{4}|[^u])");

  /** An escape whose digits have a case. */
  private static final Pattern HEX_LETTER = Pattern.compile("\\\\u00[0-9]?[A-F][0-9A-F]?");

  final Expressions in;

  /** Around elements. */
  final Expression space;

  /** After a colon. */
  final Expression colon;
  final Expression quote;

  /** One character of a free string, in any spelling. */
  final Expression freeCharacter;
  final Expression integer;
  final Expression number;

  JsonSyntax(Expressions in) {
    this.in = in;
    Expression line =
        in.sequence(in.literal("\n"), in.choice(in.repeat(in.literal(" "), 0, DEEPEST_INDENT), in.repeat(in.literal("\t"), 1, DEEPEST_TABS)));
    space = in.choice(in.empty, in.literal(" "), line);
    colon = in.sequence(in.literal(":"), in.optional(in.literal(" ")));
    quote = in.literal("\"");
    freeCharacter = in.choice(character(CodePoints.ALL), in.literal("\\/"), escapedHex());
    Expression digit = in.range('0', '9');
    Expression whole = in.choice(in.literal("0"), in.sequence(in.range('1', '9'), in.repeat(digit, 0, MOST_DIGITS - 1)));
    integer = in.choice(in.literal("0"), in.sequence(in.optional(in.literal("-")), in.range('1', '9'), in.repeat(digit, 0, MOST_DIGITS - 1)));
    Expression exponent =
        in.choice(in.repeat(digit, 1, 2), in.sequence(in.literal("1"), digit, digit), in.sequence(in.literal("2"), in.range('0', '7'), digit));
    number =
        in.sequence(
            in.optional(in.literal("-")),
            whole,
            in.optional(in.sequence(in.literal("."), in.repeat(digit, 1, MOST_DIGITS))),
            in.optional(in.sequence(in.choice(in.literal("e"), in.literal("E")), in.optional(in.choice(in.literal("+"), in.literal("-"))), exponent)));
  }

  /** The escape backslash-u: a character that is no surrogate, or a pair. */
  private Expression escapedHex() {
    Expression hex = in.choice(in.range('0', '9'), in.range('a', 'f'), in.range('A', 'F'));
    Expression d = in.choice(in.literal("d"), in.literal("D"));
    Expression notD = in.choice(in.range('0', '9'), in.range('a', 'c'), in.range('A', 'C'), in.range('e', 'f'), in.range('E', 'F'));
    Expression high = in.choice(in.range('8', '9'), in.range('a', 'b'), in.range('A', 'B'));
    Expression low = in.choice(in.range('c', 'f'), in.range('C', 'F'));
    Expression u = in.literal("\\u");
    return in.choice(
        in.sequence(u, notD, hex, hex, hex),
        in.sequence(u, d, in.range('0', '7'), hex, hex),
        in.sequence(u, d, high, hex, hex, u, d, low, hex, hex));
  }

  /** One character within quotes, escaped only where it must be. */
  @Override
  public Expression character(CodePoints set) {
    CodePoints escaped = CodePoints.of(0, 0x1F).or(CodePoints.of("\"\\"));
    List<Expression> forms = new ArrayList<>();
    forms.add(Utf8Ranges.of(set.minus(escaped), in));
    int[] bounds = set.and(escaped).bounds();
    for (int i = 0; i < bounds.length; i += 2) {
      for (int c = bounds[i]; c <= bounds[i + 1]; c++) {
        forms.add(inEitherCase(unquoted(written(Character.toString(c)))));
      }
    }
    return in.choice(forms);
  }

  /** A text as a JSON string, with the escapes that are needed. */
  static String written(String text) {
    return JsonNodeFactory.instance.textNode(text).toString();
  }

  Expression string(Expression content) {
    return in.sequence(quote, content, quote);
  }

  Expression literal(String text) {
    return inEitherCase(written(text));
  }

  /** The content of one of these strings; nothing for none. */
  Expression content(Collection<String> names) {
    return oneOf(names.stream().map(name -> unquoted(written(name))));
  }

  private static String unquoted(String written) {
    return written.substring(1, written.length() - 1);
  }

  /** One of these values as they stand, in the white space that is allowed. */
  Expression oneOf(List<JsonNode> values) {
    List<Expression> ways = new ArrayList<>();
    ways.add(oneOf(values.stream().filter(value -> !value.isContainerNode()).map(JsonSyntax::scalar)));
    values.stream().filter(JsonNode::isContainerNode).forEach(value -> ways.add(value(value)));
    return in.choice(ways);
  }

  private Expression oneOf(Stream<String> written) {
    List<byte[]> plain = new ArrayList<>();
    List<Expression> ways = new ArrayList<>();
    written.forEach(
        text -> {
          if (HEX_LETTER.matcher(text).find()) {
            ways.add(inEitherCase(text));
          } else {
            plain.add(text.getBytes(StandardCharsets.UTF_8));
          }
        });
    if (!plain.isEmpty()) {
      ways.add(in.oneOf(plain));
    }
    return in.choice(ways);
  }

  /** Text with escapes, whose hexadecimal digits may be written in either case. */
  private Expression inEitherCase(String written) {
    List<Expression> parts = new ArrayList<>();
    java.util.regex.Matcher escape = ESCAPE.matcher(written);
    int from = 0;
    while (escape.find()) {
      if (HEX_LETTER.matcher(escape.group()).matches()) {
        parts.add(in.literal(written.substring(from, escape.start())));
        parts.add(in.choice(in.literal(escape.group()), in.literal(escape.group().toLowerCase(Locale.ROOT))));
        from = escape.end();
      }
    }
    parts.add(in.literal(written.substring(from)));
    return in.sequence(parts.toArray(Expression[]::new));
  }

  /** A value as it stands, in the white space that is allowed. */
  private Expression value(JsonNode value) {
    if (value.isObject()) {
      List<Expression> members = new ArrayList<>();
      value.properties().forEach(field -> members.add(in.sequence(literal(field.getKey()), colon, value(field.getValue()))));
      return listed("{", members, "}");
    }
    if (value.isArray()) {
      List<Expression> elements = new ArrayList<>();
      value.forEach(element -> elements.add(value(element)));
      return listed("[", elements, "]");
    }
    return inEitherCase(scalar(value));
  }

  private static String scalar(JsonNode value) {
    return value.isTextual() ? written(value.textValue()) : value.isBigDecimal() ? value.decimalValue().toPlainString() : value.toString();
  }

  private Expression listed(String open, List<Expression> elements, String close) {
    List<Expression> parts = new ArrayList<>(List.of(in.literal(open), space));
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        parts.add(comma());
      }
      parts.add(elements.get(i));
    }
    if (!elements.isEmpty()) {
      parts.add(space);
    }
    parts.add(in.literal(close));
    return in.sequence(parts.toArray(Expression[]::new));
  }

  /** Between elements. */
  Expression comma() {
    return in.sequence(in.literal(","), space);
  }

  /** An object or an array of what stands between: elements, and after them white space if there are any. */
  Expression enclosed(String open, Expression elements, String close) {
    Expression inside = elements.nullable ? in.choice(space, in.sequence(space, nonEmpty(elements), space)) : in.sequence(space, elements, space);
    return in.sequence(in.literal(open), inside, in.literal(close));
  }

  private Expression nonEmpty(Expression e) {
    if (e instanceof Expression.Choice choice) {
      List<Expression> members = new ArrayList<>(List.of(choice.members));
      members.remove(in.empty);
      return in.choice(members);
    }
    return e == in.empty ? in.nothing : e;
  }

  /** Any JSON value, nested by a rule. */
  Expression any() {
    Expression.Rule value = in.rule("any JSON");
    if (value.definition == null) {
      Expression string = string(in.star(freeCharacter));
      Expression member = in.sequence(string, colon, value);
      Expression members = in.optional(in.sequence(member, in.star(in.sequence(comma(), member))));
      Expression elements = in.optional(in.sequence(value, in.star(in.sequence(comma(), value))));
      value.definition =
          in.choice(string, number, in.literal("true"), in.literal("false"), in.literal("null"), enclosed("{", members, "}"), enclosed("[", elements, "]"));
    }
    return value;
  }
}
