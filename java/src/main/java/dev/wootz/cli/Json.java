package dev.wootz.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.ChatException;
import java.io.PrintWriter;

/** JSON of one piece: {@code --json}, an indented object on standard output; arguments and files that are read. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Reads what Python writes. */
  private static final ObjectMapper READER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final ObjectMapper RECORDS = JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** A number, or null where JSON has none: NaN and the infinities. */
  static void put(ObjectNode object, String key, double value) {
    if (Double.isFinite(value)) {
      object.put(key, value);
    } else {
      object.putNull(key);
    }
  }

  /** The components of a record, their names as JSON has them: {@code free_pages} for {@code freePages}. */
  static ObjectNode of(Record values) {
    return RECORDS.valueToTree(values);
  }

  /** Any JSON value. Throws {@link ChatException}. */
  static JsonNode parse(String text) {
    try {
      JsonNode value = READER.readTree(text);
      if (value.isMissingNode()) {
        throw new ChatException("found nothing, expected JSON");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new ChatException("not valid JSON: " + e.getOriginalMessage() + " at column " + e.getLocation().getColumnNr(), e);
    }
  }

  static void print(ObjectNode object, PrintWriter out) {
    try {
      out.println(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(object));
      out.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers and strings has no JSON form", e);
    }
  }
}
