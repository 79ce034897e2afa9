package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Schemas with every keyword that can be enforced, and values made to meet them without any automaton. */
final class RandomSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  static final List<String> PATTERNS = List.of("^[a-z]{2,5}$", "^[A-Z]{2}-\\d{1,4}$", "^(red|green|blue)$", "[0-9]", "^x", "é$", "^[^\"\\\\]{1,8}$", "^\\S+@\\S+$");
  private static final List<String> MATCHES = List.of("abc", "QX-12", "blue", "a7b", "xyz", "café", "it's <ok>", "me@home");
  static final List<String> FORMATS = List.of("date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "uri", "hostname", "duration", "json-pointer");
  private static final List<String> FORMATTED =
      List.of(
          "2024-02-29", "23:59:58Z", "2021-12-31T00:00:01.5+02:00", "123e4567-e89b-12d3-a456-426614174000", "ann.lee@example.com", "192.168.0.255", "2001:db8::ff00:42:8329",
          "https://example.com:8080/a/b?q=1#top", "host-1.example.org", "P1Y2M3DT4H5M6S", "/a~1b/0");
  private static final List<String> NAMES = List.of("name", "age", "tags", "é", "a b", "quote\"d", "back\\slash", "id", "line\nbreak", "x-1", "items", "price");

  private final Random random;
  private final ObjectNode defs = JSON.objectNode();
  private int depth;

  RandomSchema(long seed) {
    random = new Random(seed);
  }

  ObjectNode schema() {
    ObjectNode root = random.nextInt(4) == 0 ? recursive() : random.nextInt(3) == 0 ? any() : object();
    if (!defs.isEmpty()) {
      root.set("$defs", defs);
    }
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    return root;
  }

  /** A tree. */
  private ObjectNode recursive() {
    ObjectNode node = JSON.objectNode();
    node.put("type", "object");
    ObjectNode properties = node.putObject("properties");
    properties.set("value", leaf());
    properties.putObject("children").put("type", "array").put("maxItems", 3).putObject("items").put("$ref", "#/$defs/node");
    ObjectNode next = properties.putObject("next");
    next.putArray("anyOf").add(JSON.objectNode().put("type", "null")).add(JSON.objectNode().put("$ref", "#/$defs/node"));
    node.putArray("required").add("value").add("next");
    node.put("additionalProperties", false);
    defs.set("node", node);
    return JSON.objectNode().put("$ref", "#/$defs/node");
  }

  private ObjectNode any() {
    depth++;
    ObjectNode made =
        depth > 3
            ? leaf()
            : switch (random.nextInt(10)) {
              case 0, 1 -> object();
              case 2, 3 -> array();
              case 4 -> alternatives();
              case 5 -> all();
              default -> leaf();
            };
    depth--;
    if (random.nextInt(8) == 0) {
      made.put("title", "a title").put("description", "of no consequence");
    }
    return made;
  }

  private ObjectNode leaf() {
    ObjectNode s = JSON.objectNode();
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> string(s);
      case 3, 4 -> integer(s);
      case 5, 6 -> number(s);
      case 7 -> s.put("type", random.nextBoolean() ? "boolean" : "null");
      case 8 -> s.set("enum", JSON.arrayNode().add("one").add("tw\"o").add(3).add(4.5).addNull().add(JSON.arrayNode().add(1)));
      case 9 -> s.set("const", random.nextBoolean() ? JSON.textNode("fixed") : JSON.objectNode().put("k", 1).put("l", "x"));
      case 10 -> s.put("maxLength", 20).set("type", JSON.arrayNode().add("string").add("null"));
      default -> s.set("type", JSON.arrayNode().add("integer").add("boolean"));
    }
    return s;
  }

  private void string(ObjectNode s) {
    s.put("type", "string");
    switch (random.nextInt(4)) {
      case 0 -> {
        int min = random.nextInt(6);
        s.put("minLength", min).put("maxLength", min + random.nextInt(12));
      }
      case 1 -> s.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
      case 2 -> s.put("format", FORMATS.get(random.nextInt(FORMATS.size())));
      default -> s.put("maxLength", 20 + random.nextInt(20));
    }
    if (s.has("pattern")) {
      // what a model may go on with for ever is no test of what it ends
      s.put("maxLength", 12);
    }
  }

  private void integer(ObjectNode s) {
    s.put("type", "integer");
    int low = random.nextInt(400) - 200;
    if (random.nextBoolean()) {
      s.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      s.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", low + 30 + random.nextInt(random.nextBoolean() ? 10 : 100_000));
    }
    if (random.nextInt(4) == 0) {
      s.put("multipleOf", List.of(2, 3, 5, 7, 10).get(random.nextInt(5)));
    }
  }

  private void number(ObjectNode s) {
    s.put("type", "number");
    double low = Math.rint(random.nextGaussian() * 1000) / 100;
    if (random.nextBoolean()) {
      s.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      s.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", Math.rint((low + 3 + random.nextInt(50)) * 100) / 100);
    }
    if (random.nextInt(4) == 0) {
      s.put("multipleOf", List.of(new BigDecimal("0.5"), new BigDecimal("0.25"), new BigDecimal("2")).get(random.nextInt(3)));
    }
  }

  private ObjectNode array() {
    ObjectNode s = JSON.objectNode().put("type", "array");
    if (random.nextInt(3) == 0) {
      ArrayNode prefix = s.putArray("prefixItems");
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        prefix.add(any());
      }
      if (random.nextBoolean()) {
        s.put("items", false);
      }
    }
    if (!s.has("items")) {
      s.set("items", any());
    }
    if (random.nextBoolean()) {
      s.put("minItems", random.nextInt(2));
    }
    s.put("maxItems", 1 + random.nextInt(4));
    return s;
  }

  private ObjectNode object() {
    depth++;
    ObjectNode s = JSON.objectNode().put("type", "object");
    ObjectNode properties = s.putObject("properties");
    ArrayNode required = JSON.arrayNode();
    for (int i = random.nextInt(5); i > 0; i--) {
      String name = NAMES.get(random.nextInt(NAMES.size()));
      if (!properties.has(name)) {
        properties.set(name, any());
        if (random.nextBoolean()) {
          required.add(name);
        }
      }
    }
    if (!required.isEmpty()) {
      s.set("required", required);
    }
    switch (random.nextInt(6)) {
      case 0 -> {
        s.set("additionalProperties", leaf());
        s.set("propertyNames", JSON.objectNode().put("maxLength", 10));
        s.put("maxProperties", properties.size() + 2);
      }
      case 1 -> {
        s.putObject("patternProperties").set("^p_[a-z]{1,6}$", leaf());
        s.put("maxProperties", properties.size() + 2);
        s.put("additionalProperties", false);
      }
      case 2 -> {
        s.putObject("additionalProperties").put("type", "boolean");
        s.put("maxProperties", properties.size() + 1);
        s.set("propertyNames", JSON.objectNode().put("maxLength", 10));
      }
      default -> s.put("additionalProperties", false);
    }
    if (random.nextInt(5) == 0 && !s.has("maxProperties")) {
      s.put("maxProperties", Math.max(required.size(), 2));
    }
    if (random.nextInt(5) == 0 && properties.size() > required.size()) {
      s.put("minProperties", required.size() + 1);
    }
    depth--;
    return s;
  }

  private ObjectNode alternatives() {
    ObjectNode s = JSON.objectNode();
    if (random.nextBoolean()) {
      s.putArray("anyOf").add(any()).add(any());
      return s;
    }
    ArrayNode one = s.putArray("oneOf");
    for (String kind : List.of("circle", "square", "line").subList(0, 2 + random.nextInt(2))) {
      ObjectNode branch = one.addObject().put("type", "object");
      branch.putObject("properties").set("kind", JSON.objectNode().put("const", kind));
      ((ObjectNode) branch.get("properties")).set("size", leaf());
      branch.putArray("required").add("kind");
      branch.put("additionalProperties", false);
    }
    return s;
  }

  private ObjectNode all() {
    ObjectNode s = JSON.objectNode();
    ArrayNode parts = s.putArray("allOf");
    if (random.nextBoolean()) {
      parts.addObject().put("type", "string").put("minLength", 2);
      parts.addObject().put("maxLength", 9).put("pattern", "^[a-z]*$");
    } else {
      ObjectNode first = parts.addObject().put("type", "object");
      first.putObject("properties").set("a", JSON.objectNode().put("type", "integer").put("minimum", 5));
      first.putArray("required").add("a");
      ObjectNode second = parts.addObject();
      second.putObject("properties").set("a", JSON.objectNode().put("maximum", 50));
      ((ObjectNode) second.get("properties")).set("b", leaf());
      second.put("additionalProperties", false);
    }
    return s;
  }

  /** A value that is meant to meet the schema, in the order of its properties; others judge whether it does. */
  JsonNode instance(JsonNode schema, JsonNode root, int deep) {
    if (schema.has("$ref")) {
      return instance(root.at(schema.get("$ref").textValue().substring(1)), root, deep + 1);
    }
    if (schema.has("const")) {
      return schema.get("const");
    }
    if (schema.has("enum")) {
      return schema.get("enum").get(random.nextInt(schema.get("enum").size()));
    }
    for (String key : List.of("anyOf", "oneOf")) {
      if (schema.has(key)) {
        return instance(schema.get(key).get(deep > 3 ? 0 : random.nextInt(schema.get(key).size())), root, deep);
      }
    }
    if (schema.has("allOf")) {
      return schema.at("/allOf/0/type").asText().equals("string") ? JSON.textNode("abcd") : JSON.objectNode().put("a", 5 + random.nextInt(46));
    }
    JsonNode types = schema.path("type");
    String type = types.isArray() ? types.get(random.nextInt(types.size())).asText() : types.asText();
    return switch (type) {
      case "null" -> JSON.nullNode();
      case "boolean" -> JSON.booleanNode(random.nextBoolean());
      case "integer" -> JSON.numberNode(random.nextInt(900) - 300);
      case "number" -> JSON.numberNode(new BigDecimal(random.nextInt(2000) - 800).divide(new BigDecimal(100)));
      case "string" -> text(schema);
      case "array" -> elements(schema, root, deep);
      default -> members(schema, root, deep);
    };
  }

  private JsonNode text(JsonNode schema) {
    if (schema.has("pattern")) {
      return JSON.textNode(MATCHES.get(Math.floorMod(PATTERNS.indexOf(schema.get("pattern").textValue()), MATCHES.size())));
    }
    if (schema.has("format")) {
      return JSON.textNode(FORMATTED.get(FORMATS.indexOf(schema.get("format").textValue())));
    }
    int length = schema.path("minLength").asInt(0) + random.nextInt(3);
    StringBuilder text = new StringBuilder();
    int[] letters = "ab \"\\\n/é漢😀<>{}[]\u0001".codePoints().toArray();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return JSON.textNode(text.toString());
  }

  private JsonNode elements(JsonNode schema, JsonNode root, int deep) {
    ArrayNode array = JSON.arrayNode();
    int count = Math.min(schema.path("maxItems").asInt(3), schema.path("minItems").asInt(0) + random.nextInt(3));
    JsonNode prefix = schema.path("prefixItems");
    for (int i = 0; i < count && deep < 6; i++) {
      if (i < prefix.size()) {
        array.add(instance(prefix.get(i), root, deep + 1));
      } else if (!schema.path("items").isBoolean()) {
        array.add(instance(schema.get("items"), root, deep + 1));
      }
    }
    return array;
  }

  private JsonNode members(JsonNode schema, JsonNode root, int deep) {
    ObjectNode object = JSON.objectNode();
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.textValue()));
    schema.path("properties").properties().forEach(field -> {
      if (required.contains(field.getKey()) || (deep < 5 && random.nextBoolean())) {
        object.set(field.getKey(), instance(field.getValue(), root, deep + 1));
      }
    });
    if (schema.has("patternProperties") && random.nextBoolean()) {
      object.set("p_q", instance(schema.at("/patternProperties/^p_[a-z]{1,6}$"), root, deep + 1));
    }
    if (schema.path("additionalProperties").isObject() && random.nextBoolean()) {
      object.set("extra", instance(schema.get("additionalProperties"), root, deep + 1));
    }
    return object;
  }
}
