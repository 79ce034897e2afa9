package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.engine.grammar.SchemaCase.Place;
import dev.wootz.engine.grammar.SchemaCase.Type;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes expressions of schemas: a rule for each set of schemas that a value must meet at once, so that recursion ends, and in it a choice of cases.
 * What no finite value meets is {@code nothing}, everywhere: that is decided before, since an expression must never lead into a dead end.
 */
final class SchemaCompiler {
  final JsonSyntax json;
  final Expressions in;
  private final SchemaReader reader;

  /** Told apart where several schemas are compiled into one grammar. */
  private final String prefix;

  private final Map<String, Expression> values = new HashMap<>();
  private final ArrayDeque<Runnable> pending = new ArrayDeque<>();
  private final Map<List<Object>, Expression> contents = new HashMap<>();
  private final Map<String, Expression> numbers = new HashMap<>();
  private final Map<String, Expression> finds = new HashMap<>();
  private final Set<String> inhabited = new HashSet<>();
  private final Set<String> vacant = new HashSet<>();

  SchemaCompiler(JsonNode root, JsonSyntax json, String prefix) {
    this.json = json;
    this.in = json.in;
    this.prefix = prefix;
    this.reader = new SchemaReader(root, (a, b) -> isEmpty(a.and(b), new HashSet<>()));
  }

  /** What the schema as a whole allows; throws {@link ConstraintException} when that is nothing. */
  static Expression compile(JsonNode schema, JsonSyntax json, String prefix) {
    SchemaCompiler compiler = new SchemaCompiler(schema, json, prefix);
    Expression value = compiler.value(List.of(new Place("", schema)));
    while (!compiler.pending.isEmpty()) {
      compiler.pending.remove().run();
    }
    if (value == compiler.in.nothing) {
      throw SchemaReader.wrong("", "a schema that no value meets", "one that can be met");
    }
    return value;
  }

  private static String key(List<Place> places) {
    return String.join("\n", places.stream().map(Place::pointer).sorted().distinct().toList());
  }

  /** A value that meets all of these. */
  Expression value(List<Place> places) {
    List<Place> real = places.stream().filter(place -> !(place.schema().isBoolean() && place.schema().booleanValue())).toList();
    if (real.isEmpty()) {
      return json.any();
    }
    if (isEmpty(real, new HashSet<>())) {
      return in.nothing;
    }
    return values.computeIfAbsent(
        key(real),
        key -> {
          Expression.Rule rule = in.rule(prefix + key);
          pending.add(() -> rule.definition = in.choice(reader.cases(real).stream().map(this::value).toList()));
          return rule;
        });
  }

  private Expression value(SchemaCase one) {
    if (one.values != null) {
      return json.oneOf(one.values.stream().filter(v -> meets(one, v)).toList());
    }
    List<Expression> kinds = new ArrayList<>();
    for (Type type : one.types) {
      switch (type) {
        case NULL -> kinds.add(in.literal("null"));
        case BOOLEAN -> kinds.add(in.choice(in.literal("true"), in.literal("false")));
        case INTEGER -> kinds.add(number(one));
        case FRACTION -> {
          // one with the integers
        }
        case STRING -> kinds.add(string(one));
        case ARRAY -> kinds.add(new SchemaArrays(this, one).array());
        case OBJECT -> kinds.add(new SchemaObjects(this, one).object());
      }
    }
    return in.choice(kinds);
  }

  Expression number(SchemaCase one) {
    boolean integer = !one.types.contains(Type.FRACTION);
    String key = integer + " " + one.low + " " + one.high + " " + one.multiples;
    return numbers.computeIfAbsent(key, k -> guarded(one.pointer, () -> new NumberRange(json).of(integer, one.low, one.high, one.multiples)));
  }

  private interface Making {
    Expression make();
  }

  private static Expression guarded(String pointer, Making making) {
    try {
      return making.make();
    } catch (Dfa.TooLarge e) {
      throw SchemaReader.wrong(pointer, "restrictions that together need " + e.getMessage(), "simpler ones");
    } catch (ConstraintException e) {
      throw e.getMessage().startsWith("JSON schema") ? e : new ConstraintException("JSON schema, at " + (pointer.isEmpty() ? "the root" : pointer) + ": " + e.getMessage());
    }
  }

  private Expression string(SchemaCase one) {
    return one.patterns.isEmpty() ? json.string(in.repeat(one.minLength > one.maxLength ? in.nothing : json.freeCharacter, one.minLength, one.maxLength)) : json.string(content(one));
  }

  /** The content of strings, with the escapes that are needed only. */
  Expression content(SchemaCase one) {
    if (one.minLength > one.maxLength) {
      return in.nothing;
    }
    List<Object> key = List.of(one.minLength, one.maxLength, List.copyOf(one.patterns));
    return contents.computeIfAbsent(
        key,
        k ->
            guarded(
                one.pointer,
                () -> {
                  List<Expression> all = new ArrayList<>();
                  one.patterns.forEach(pattern -> all.add(finds(pattern)));
                  if (all.isEmpty() || one.minLength > 0 || one.maxLength < Expressions.UNBOUNDED) {
                    all.add(in.repeat(json.character(CodePoints.ALL), one.minLength, one.maxLength));
                  }
                  return all.size() == 1 ? all.get(0) : Dfa.of(in.and(all.toArray(Expression[]::new)), in);
                }));
  }

  /** The content of strings in which a pattern is found. */
  Expression finds(String pattern) {
    return finds.computeIfAbsent(pattern, p -> Regex.find(p, json, in));
  }

  /** The same for a pattern that stands at this pointer, which an error then names. */
  Expression finds(String pattern, String pointer) {
    return guarded(pointer, () -> finds(pattern));
  }

  /** Whether an expression has exactly this text among its own. */
  boolean has(Expression e, String text) {
    Expression at = e;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      at = at.next(b & 255, in);
    }
    return at.nullable;
  }

  boolean hasContent(Expression content, String text) {
    String written = JsonSyntax.written(text);
    return has(content, written.substring(1, written.length() - 1));
  }

  List<Place> member(SchemaCase one, String name) {
    return one.member(name, (pattern, pointer, text) -> hasContent(finds(pattern, pointer), text));
  }

  List<SchemaCase> cases(List<Place> places) {
    return reader.cases(places);
  }

  /** Whether a value meets the case. */
  private boolean admits(SchemaCase one, JsonNode value) {
    return one.lists(value) && meets(one, value);
  }

  /** Whether a value meets the case, but for {@code enum} and {@code const}. */
  private boolean meets(SchemaCase one, JsonNode value) {
    Type type = SchemaCase.type(value);
    if (!one.types.contains(type)) {
      return false;
    }
    return switch (type) {
      case NULL, BOOLEAN -> true;
      case INTEGER, FRACTION -> inRange(one, value.decimalValue());
      case STRING -> hasContent(content(one), value.textValue());
      case ARRAY -> {
        boolean fits = value.size() >= one.minItems && value.size() <= one.maxItems;
        for (int i = 0; fits && i < value.size(); i++) {
          fits = admits(one.element(i), value.get(i));
        }
        yield fits;
      }
      case OBJECT ->
          value.size() >= one.minProperties
              && value.size() <= one.maxProperties
              && one.required.stream().allMatch(value::has)
              && value.properties().stream().allMatch(field -> admits(member(one, field.getKey()), field.getValue()) && isName(one, field.getKey()));
    };
  }

  private boolean admits(List<Place> places, JsonNode value) {
    return reader.cases(places).stream().anyMatch(c -> admits(c, value));
  }

  private static boolean inRange(SchemaCase one, BigDecimal value) {
    if (one.low != null && value.compareTo(one.low.value()) < (one.low.exclusive() ? 1 : 0)) {
      return false;
    }
    if (one.high != null && value.compareTo(one.high.value()) > (one.high.exclusive() ? -1 : 0)) {
      return false;
    }
    return one.multiples.stream().allMatch(m -> value.remainder(m).signum() == 0);
  }

  /** Whether {@code propertyNames} allow this name. */
  boolean isName(SchemaCase one, String name) {
    return one.names.stream().allMatch(place -> admits(List.of(place), com.fasterxml.jackson.databind.node.TextNode.valueOf(name)));
  }

  /** @param open sets of schemas that are being asked about: a value of theirs inside one of theirs makes none the more likely to end */
  boolean isEmpty(List<Place> places, Set<String> open) {
    if (places.isEmpty()) {
      return false;
    }
    String key = key(places);
    if (inhabited.contains(key)) {
      return false;
    }
    if (vacant.contains(key) || !open.add(key)) {
      return true;
    }
    boolean empty = reader.cases(places).stream().allMatch(c -> isEmpty(c, open));
    open.remove(key);
    if (!empty) {
      inhabited.add(key);
    } else if (open.isEmpty()) {
      vacant.add(key);
    }
    return empty;
  }

  private boolean isEmpty(SchemaCase one, Set<String> open) {
    if (one.values != null) {
      return one.values.stream().noneMatch(v -> meets(one, v));
    }
    for (Type type : one.types) {
      boolean empty =
          switch (type) {
            case NULL, BOOLEAN -> false;
            case INTEGER, FRACTION -> number(one) == in.nothing;
            case STRING -> content(one) == in.nothing;
            case ARRAY -> new SchemaArrays(this, one).isEmpty(open);
            case OBJECT -> new SchemaObjects(this, one).isEmpty(open);
          };
      if (!empty) {
        return false;
      }
    }
    return true;
  }
}
