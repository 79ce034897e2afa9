package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must hold at once: schemas without {@code anyOf} and its kin, which are several cases. A case can be joined with another, as {@code allOf} says. */
final class SchemaCase {
  /** The types of values; "number" is {@code INTEGER} and {@code FRACTION}. */
  enum Type {
    NULL,
    BOOLEAN,
    INTEGER,
    FRACTION,
    STRING,
    ARRAY,
    OBJECT
  }

  /** A schema within the document. */
  record Place(String pointer, JsonNode schema) {}

  /** What one schema says of members; null: nothing of the others. */
  record Members(Map<String, Place> properties, Map<String, Place> patterns, @Nullable Place others) {}

  /** What one schema says of elements; null: nothing of the rest. */
  record Elements(List<Place> prefix, @Nullable Place rest) {}

  final String pointer;
  Set<Type> types = EnumSet.allOf(Type.class);
  @Nullable List<JsonNode> values;
  private @Nullable Set<Object> valueKeys;
  NumberRange.@Nullable Bound low;
  NumberRange.@Nullable Bound high;
  List<BigDecimal> multiples = new ArrayList<>();
  int minLength;
  int maxLength = Expressions.UNBOUNDED;
  Set<String> patterns = new LinkedHashSet<>();
  List<Elements> elements = new ArrayList<>();
  int minItems;
  int maxItems = Expressions.UNBOUNDED;
  List<Members> members = new ArrayList<>();
  Set<String> required = new LinkedHashSet<>();
  List<Place> names = new ArrayList<>();
  int minProperties;
  int maxProperties = Expressions.UNBOUNDED;

  SchemaCase(String pointer) {
    this.pointer = pointer;
  }

  void atLeast(NumberRange.Bound bound) {
    int order = low == null ? 1 : bound.value().compareTo(low.value());
    if (order > 0 || (order == 0 && bound.exclusive())) {
      low = bound;
    }
  }

  void atMost(NumberRange.Bound bound) {
    int order = high == null ? -1 : bound.value().compareTo(high.value());
    if (order < 0 || (order == 0 && bound.exclusive())) {
      high = bound;
    }
  }

  void oneOf(List<JsonNode> allowed) {
    if (values == null) {
      values = allowed;
    } else {
      Set<Object> keys = keys(allowed);
      values = values.stream().filter(v -> keys.contains(key(v))).toList();
    }
    valueKeys = null;
  }

  /** Whether {@code enum} and {@code const} allow a value. */
  boolean lists(JsonNode value) {
    if (values == null) {
      return true;
    }
    if (valueKeys == null) {
      valueKeys = keys(values);
    }
    return valueKeys.contains(key(value));
  }

  private static Set<Object> keys(List<JsonNode> values) {
    Set<Object> keys = new HashSet<>();
    values.forEach(value -> keys.add(key(value)));
    return keys;
  }

  /** Both. */
  SchemaCase and(SchemaCase other) {
    SchemaCase both = new SchemaCase(pointer);
    both.types = EnumSet.copyOf(types);
    both.types.retainAll(other.types);
    both.values = values;
    if (other.values != null) {
      both.oneOf(other.values);
    }
    for (SchemaCase one : List.of(this, other)) {
      if (one.low != null) {
        both.atLeast(one.low);
      }
      if (one.high != null) {
        both.atMost(one.high);
      }
      both.multiples.addAll(one.multiples);
      both.minLength = Math.max(both.minLength, one.minLength);
      both.maxLength = Math.min(both.maxLength, one.maxLength);
      both.patterns.addAll(one.patterns);
      both.elements.addAll(one.elements);
      both.minItems = Math.max(both.minItems, one.minItems);
      both.maxItems = Math.min(both.maxItems, one.maxItems);
      both.members.addAll(one.members);
      both.required.addAll(one.required);
      both.names.addAll(one.names);
      both.minProperties = Math.max(both.minProperties, one.minProperties);
      both.maxProperties = Math.min(both.maxProperties, one.maxProperties);
    }
    return both;
  }

  /** Equal for values that JSON schema calls equal: 1 is 1.0, the order of members does not matter. */
  private static Object key(JsonNode value) {
    if (value.isNumber()) {
      return value.decimalValue().stripTrailingZeros();
    }
    if (value.isArray()) {
      List<Object> elements = new ArrayList<>();
      value.forEach(element -> elements.add(key(element)));
      return elements;
    }
    if (value.isObject()) {
      Map<String, Object> members = new HashMap<>();
      value.properties().forEach(field -> members.put(field.getKey(), key(field.getValue())));
      return members;
    }
    return value;
  }

  static Type type(JsonNode value) {
    if (value.isNumber()) {
      return value.decimalValue().stripTrailingZeros().scale() <= 0 ? Type.INTEGER : Type.FRACTION;
    }
    return switch (value.getNodeType()) {
      case NULL -> Type.NULL;
      case BOOLEAN -> Type.BOOLEAN;
      case ARRAY -> Type.ARRAY;
      case OBJECT -> Type.OBJECT;
      default -> Type.STRING;
    };
  }

  /** All that is said of the member of this name; null when it is forbidden by name of no schema. */
  List<Place> member(String name, PatternTest test) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Members part : members) {
      boolean known = false;
      Place own = part.properties.get(name);
      if (own != null) {
        places.put(own.pointer, own);
        known = true;
      }
      for (Map.Entry<String, Place> pattern : part.patterns.entrySet()) {
        if (test.finds(pattern.getKey(), pattern.getValue().pointer, name)) {
          places.put(pattern.getValue().pointer, pattern.getValue());
          known = true;
        }
      }
      if (!known && part.others != null) {
        places.put(part.others.pointer, part.others);
      }
    }
    return List.copyOf(places.values());
  }

  /** Whether a regular expression, which stands at {@code pointer}, is found in a text. */
  interface PatternTest {
    boolean finds(String pattern, String pointer, String text);
  }

  /** All that is said of the element at this index. */
  List<Place> element(int index) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Elements part : elements) {
      Place place = index < part.prefix.size() ? part.prefix.get(index) : part.rest;
      if (place != null) {
        places.put(place.pointer, place);
      }
    }
    return List.copyOf(places.values());
  }

  /** Elements from this index on are all alike. */
  int prefix() {
    return elements.stream().mapToInt(part -> part.prefix.size()).max().orElse(0);
  }
}
