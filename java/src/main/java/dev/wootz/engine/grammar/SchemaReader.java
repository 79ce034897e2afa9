package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.engine.grammar.SchemaCase.Elements;
import dev.wootz.engine.grammar.SchemaCase.Members;
import dev.wootz.engine.grammar.SchemaCase.Place;
import dev.wootz.engine.grammar.SchemaCase.Type;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the keywords of schemas into cases. What is no keyword that it knows is refused by name, with the JSON pointer. */
final class SchemaReader {
  private static final int MOST_CASES = 256;
  private static final Set<String> ANNOTATIONS =
      Set.of("title", "description", "default", "examples", "example", "$comment", "$schema", "$id", "id", "$anchor", "$defs", "definitions", "deprecated", "readOnly",
          "writeOnly", "contentMediaType", "contentEncoding", "$vocabulary", "discriminator");

  private final JsonNode root;
  private final Map<String, List<SchemaCase>> known = new LinkedHashMap<>();
  private final Set<String> open = new LinkedHashSet<>();
  private final Deque<Runnable> unchecked = new ArrayDeque<>();
  private boolean checking;

  /** Tells whether cases have no value in common: for {@code oneOf}. */
  interface Disjoint {
    boolean test(SchemaCase a, SchemaCase b);
  }

  private final Disjoint disjoint;

  SchemaReader(JsonNode root, Disjoint disjoint) {
    this.root = root;
    this.disjoint = disjoint;
  }

  static ConstraintException wrong(String pointer, String found, String expected) {
    return new ConstraintException("JSON schema, at " + (pointer.isEmpty() ? "the root" : pointer) + ": found " + found + ", expected " + expected);
  }

  static String brief(JsonNode json) {
    String text = json.isMissingNode() ? "nothing" : json.toString();
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }

  static String child(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  /** The cases of all these schemas at once; none when no value fits. */
  List<SchemaCase> cases(List<Place> places) {
    List<SchemaCase> all = List.of(new SchemaCase(places.isEmpty() ? "" : places.get(0).pointer()));
    for (Place place : places) {
      all = join(all, cases(place), place.pointer());
    }
    return all;
  }

  private List<SchemaCase> join(List<SchemaCase> a, List<SchemaCase> b, String pointer) {
    if ((long) a.size() * b.size() > MOST_CASES) {
      throw wrong(pointer, (long) a.size() * b.size() + " combinations of alternatives", "at most " + MOST_CASES);
    }
    List<SchemaCase> joined = new ArrayList<>();
    for (SchemaCase one : a) {
      for (SchemaCase other : b) {
        SchemaCase both = one.and(other);
        if (!both.types.isEmpty() && (both.values == null || !both.values.isEmpty())) {
          joined.add(both);
        }
      }
    }
    return joined;
  }

  private List<SchemaCase> cases(Place place) {
    String pointer = place.pointer();
    List<SchemaCase> found = known.get(pointer);
    if (found == null) {
      if (!open.add(pointer)) {
        throw wrong(pointer, "a $ref that leads back to itself", "a value in between");
      }
      found = read(place.schema(), pointer);
      open.remove(pointer);
      known.put(pointer, found);
      checkAlternatives();
    }
    return found;
  }

  /** Whether alternatives exclude each other may depend on schemas that are still being read. */
  private void checkAlternatives() {
    if (open.isEmpty() && !checking) {
      checking = true;
      while (!unchecked.isEmpty()) {
        unchecked.remove().run();
      }
      checking = false;
    }
  }

  private List<SchemaCase> read(JsonNode schema, String pointer) {
    if (schema.isBoolean()) {
      return schema.booleanValue() ? List.of(new SchemaCase(pointer)) : List.of();
    }
    if (!schema.isObject()) {
      throw wrong(pointer, brief(schema), "a schema: an object, true or false");
    }
    SchemaCase own = new SchemaCase(pointer);
    List<SchemaCase> cases = List.of(new SchemaCase(pointer));
    for (Map.Entry<String, JsonNode> field : schema.properties()) {
      String keyword = field.getKey();
      JsonNode value = field.getValue();
      String at = child(pointer, keyword);
      switch (keyword) {
        case "$ref" -> cases = join(cases, cases(resolve(value, at)), at);
        case "allOf" -> {
          for (Place part : schemas(value, at)) {
            cases = join(cases, cases(part), at);
          }
        }
        case "anyOf" -> {
          List<SchemaCase> any = new ArrayList<>();
          schemas(value, at).forEach(part -> any.addAll(cases(part)));
          cases = join(cases, any, at);
        }
        case "oneOf" -> cases = join(cases, exclusive(schemas(value, at), at), at);
        default -> keyword(own, schema, keyword, value, at);
      }
    }
    if (schema.has("properties") || schema.has("patternProperties") || schema.has("additionalProperties") || schema.has("unevaluatedProperties")) {
      own.members.add(members(schema, pointer));
    }
    if (schema.has("items") || schema.has("prefixItems")) {
      own.elements.add(elements(schema, pointer));
    }
    return join(List.of(own), cases, pointer);
  }

  private List<SchemaCase> exclusive(List<Place> parts, String at) {
    List<SchemaCase> all = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      List<SchemaCase> own = cases(parts.get(i));
      if (all.size() + own.size() > MOST_CASES) {
        throw wrong(at, "more than " + MOST_CASES + " alternatives", "at most " + MOST_CASES);
      }
      for (int k = 0; k < i; k++) {
        for (SchemaCase other : cases(parts.get(k))) {
          for (SchemaCase one : own) {
            String which = k + " and " + i;
            unchecked.add(() -> check(other, one, which, at));
          }
        }
      }
      all.addAll(own);
    }
    return all;
  }

  private void check(SchemaCase one, SchemaCase other, String which, String at) {
    if (!disjoint.test(one, other)) {
      throw wrong(at, "oneOf whose alternatives " + which + " may hold for one value", "alternatives that exclude each other, for example by type or by a required property with const; or anyOf");
    }
  }

  private List<Place> schemas(JsonNode value, String at) {
    if (!value.isArray() || value.isEmpty()) {
      throw wrong(at, brief(value), "an array of schemas");
    }
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      places.add(new Place(at + "/" + i, value.get(i)));
    }
    return places;
  }

  private Place resolve(JsonNode ref, String at) {
    if (!ref.isTextual() || !ref.textValue().startsWith("#")) {
      throw wrong(at, brief(ref), "a reference within this schema, such as \"#/$defs/name\"");
    }
    String pointer;
    try {
      pointer = URLDecoder.decode(ref.textValue().substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong(at, brief(ref), "two hexadecimal digits after each %; the character itself is written %25");
    }
    JsonNode target = pointer.isEmpty() ? root : pointer.startsWith("/") ? root.at(pointer) : root.path("\0");
    if (target.isMissingNode()) {
      throw wrong(at, brief(ref), "a reference to something in this schema");
    }
    return new Place(pointer, target);
  }

  private void keyword(SchemaCase own, JsonNode schema, String keyword, JsonNode value, String at) {
    switch (keyword) {
      case "type" -> own.types.retainAll(types(value, at));
      case "enum" -> {
        if (!value.isArray() || value.isEmpty()) {
          throw wrong(at, brief(value), "an array of values");
        }
        List<JsonNode> values = new ArrayList<>();
        for (JsonNode each : value) {
          values.add(writable(each, at));
        }
        own.oneOf(values);
      }
      case "const" -> own.oneOf(List.of(writable(value, at)));
      case "minimum" -> own.atLeast(new NumberRange.Bound(number(value, at), schema.path("exclusiveMinimum").isBoolean() && schema.path("exclusiveMinimum").booleanValue()));
      case "maximum" -> own.atMost(new NumberRange.Bound(number(value, at), schema.path("exclusiveMaximum").isBoolean() && schema.path("exclusiveMaximum").booleanValue()));
      case "exclusiveMinimum" -> {
        if (!value.isBoolean()) {
          own.atLeast(new NumberRange.Bound(number(value, at), true));
        }
      }
      case "exclusiveMaximum" -> {
        if (!value.isBoolean()) {
          own.atMost(new NumberRange.Bound(number(value, at), true));
        }
      }
      case "multipleOf" -> own.multiples.add(multiple(value, at));
      case "minLength" -> own.minLength = count(value, at);
      case "maxLength" -> own.maxLength = count(value, at);
      case "pattern" -> own.patterns.add(text(value, at));
      case "format" -> format(own, text(value, at), at);
      case "minItems" -> own.minItems = count(value, at);
      case "maxItems" -> own.maxItems = count(value, at);
      case "required" -> {
        if (!value.isArray()) {
          throw wrong(at, brief(value), "an array of names");
        }
        value.forEach(name -> own.required.add(whole(text(name, at), at)));
      }
      case "minProperties" -> own.minProperties = count(value, at);
      case "maxProperties" -> own.maxProperties = count(value, at);
      case "propertyNames" -> own.names.add(new Place(at, value));
      case "uniqueItems" -> {
        if (value.asBoolean() && !(schema.path("maxItems").isInt() && schema.path("maxItems").intValue() < 2)) {
          throw wrong(at, "uniqueItems", "no such keyword: it cannot be enforced");
        }
      }
      case "properties", "patternProperties", "additionalProperties", "items", "prefixItems" -> {
        // read together
      }
      case "unevaluatedProperties" -> {
        if (schema.has("additionalProperties") || List.of("allOf", "anyOf", "oneOf", "$ref").stream().anyMatch(schema::has)) {
          throw wrong(at, "unevaluatedProperties beside other schemas", "additionalProperties: this cannot be enforced");
        }
      }
      case "additionalItems" -> {
        if (!schema.path("items").isArray()) {
          throw wrong(at, "additionalItems without a list of items", "items");
        }
      }
      default -> {
        if (!ANNOTATIONS.contains(keyword) && !keyword.startsWith("x-")) {
          throw wrong(at, "the keyword " + Regex.quoted(keyword), "one that can be enforced");
        }
      }
    }
  }

  private static void format(SchemaCase own, String format, String at) {
    switch (format) {
      case "float", "double", "password" -> {
        // says how a value is kept or shown
      }
      case "int32", "int64" -> {
        BigDecimal end = BigDecimal.valueOf(2).pow(format.equals("int32") ? 31 : 63);
        own.atLeast(new NumberRange.Bound(end.negate(), false));
        own.atMost(new NumberRange.Bound(end, true));
      }
      default -> {
        String regex = Formats.regex(format);
        if (regex == null) {
          throw wrong(at, "the format " + Regex.quoted(format), "one that can be enforced: " + Formats.names() + ", int32, int64, float, double, password");
        }
        own.patterns.add("^(?:" + regex + ")$");
      }
    }
  }

  private Set<Type> types(JsonNode value, String at) {
    Set<Type> types = EnumSet.noneOf(Type.class);
    List<JsonNode> names = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(names::add);
    } else {
      names.add(value);
    }
    for (JsonNode name : names) {
      switch (name.asText()) {
        case "null" -> types.add(Type.NULL);
        case "boolean" -> types.add(Type.BOOLEAN);
        case "integer" -> types.add(Type.INTEGER);
        case "number" -> types.addAll(EnumSet.of(Type.INTEGER, Type.FRACTION));
        case "string" -> types.add(Type.STRING);
        case "array" -> types.add(Type.ARRAY);
        case "object" -> types.add(Type.OBJECT);
        default -> throw wrong(at, brief(name), "null, boolean, integer, number, string, array, object or a list of them");
      }
    }
    return types;
  }

  private static Members members(JsonNode schema, String pointer) {
    Map<String, Place> properties = places(schema.path("properties"), child(pointer, "properties"));
    Map<String, Place> patterns = places(schema.path("patternProperties"), child(pointer, "patternProperties"));
    String others = schema.has("additionalProperties") ? "additionalProperties" : "unevaluatedProperties";
    return new Members(properties, patterns, schema.has(others) ? new Place(child(pointer, others), schema.get(others)) : null);
  }

  private static Map<String, Place> places(JsonNode schemas, String at) {
    if (!schemas.isObject() && !schemas.isMissingNode()) {
      throw wrong(at, brief(schemas), "an object of schemas");
    }
    Map<String, Place> places = new LinkedHashMap<>();
    schemas.properties().forEach(field -> places.put(whole(field.getKey(), at), new Place(child(at, field.getKey()), field.getValue())));
    return places;
  }

  /** {@code prefixItems} and {@code items}, or a list of {@code items} and {@code additionalItems} as it was before 2020. */
  private Elements elements(JsonNode schema, String pointer) {
    boolean old = schema.path("items").isArray();
    String prefix = old ? "items" : "prefixItems";
    String rest = old ? "additionalItems" : "items";
    List<Place> first = schema.has(prefix) ? schemas(schema.get(prefix), child(pointer, prefix)) : List.of();
    return new Elements(first, schema.has(rest) ? new Place(child(pointer, rest), schema.get(rest)) : null);
  }

  private static String text(JsonNode value, String at) {
    if (!value.isTextual()) {
      throw wrong(at, brief(value), "a text");
    }
    return value.textValue();
  }

  private static int count(JsonNode value, String at) {
    if (!value.isNumber() || value.decimalValue().signum() < 0 || value.decimalValue().stripTrailingZeros().scale() > 0) {
      throw wrong(at, brief(value), "a whole number of at least 0");
    }
    return value.decimalValue().min(BigDecimal.valueOf(Expressions.UNBOUNDED - 1)).intValue();
  }

  /** The value, which must be one that can be generated. */
  private static JsonNode writable(JsonNode value, String at) {
    if (value.isNumber()) {
      number(value, at);
    } else if (value.isTextual()) {
      whole(value.textValue(), at);
    } else {
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        whole(field.getKey(), at);
      }
      value.forEach(part -> writable(part, at));
    }
    return value;
  }

  /** The text, which must be one that UTF-8 can hold. */
  private static String whole(String text, String at) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      if (Character.getType(text.codePointAt(i)) == Character.SURROGATE) {
        throw wrong(at, String.format("half of a surrogate pair, \\u%04x", (int) text.charAt(i)), "whole characters");
      }
    }
    return text;
  }

  private static BigDecimal number(JsonNode value, String at) {
    boolean finite = !(value.isDouble() || value.isFloat()) || Double.isFinite(value.doubleValue());
    if (!value.isNumber() || !finite || value.decimalValue().precision() > 40 || Math.abs((long) value.decimalValue().scale()) > 40) {
      throw wrong(at, brief(value), "a number of at most 40 digits");
    }
    return value.decimalValue();
  }

  private static BigDecimal multiple(JsonNode value, String at) {
    BigDecimal multiple = number(value, at);
    if (multiple.signum() <= 0 || multiple.stripTrailingZeros().unscaledValue().bitLength() > 12 || multiple.movePointRight(4).compareTo(BigDecimal.valueOf(10_000_000)) > 0
        || multiple.stripTrailingZeros().scale() > 4) {
      throw wrong(at, brief(value), "a multipleOf from 0.0001 to 1000 with at most three significant digits: others cannot be enforced");
    }
    return multiple;
  }
}
