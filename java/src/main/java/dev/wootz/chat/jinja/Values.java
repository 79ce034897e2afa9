package dev.wootz.chat.jinja;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Java's and JSON's values as those of a template, as Python's {@code json.loads} reads them. */
final class Values {
  private Values() {}

  static Object of(@Nullable Object value) {
    if (value == null) {
      return None.NONE;
    } else if (value instanceof JsonNode node) {
      return json(node);
    } else if (value instanceof Boolean || value instanceof Long || value instanceof Double) {
      return value;
    } else if (value instanceof CharSequence text) {
      return text.toString();
    } else if (value instanceof Number number) {
      return number(number);
    } else if (value instanceof Map<?, ?> map) {
      Dict dict = new Dict();
      map.forEach((key, element) -> dict.put(String.valueOf(key), of(element)));
      return dict;
    } else if (value instanceof Iterable<?> elements) {
      List<Object> list = new ArrayList<>();
      elements.forEach(element -> list.add(of(element)));
      return list;
    }
    throw new IllegalArgumentException("a template cannot use a " + value.getClass().getName());
  }

  private static Object number(Number number) {
    if (number instanceof BigInteger big) {
      return big.bitLength() < Long.SIZE ? (Object) big.longValue() : big;
    }
    return number instanceof Float || number instanceof BigDecimal ? (Object) Double.parseDouble(number.toString()) : number.longValue();
  }

  private static Object json(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Dict dict = new Dict();
        node.properties().forEach(field -> dict.put(field.getKey(), json(field.getValue())));
        yield dict;
      }
      case ARRAY -> {
        List<Object> list = new ArrayList<>(node.size());
        node.forEach(element -> list.add(json(element)));
        yield list;
      }
      case STRING -> node.textValue();
      case NUMBER -> of(node.numberValue());
      case BOOLEAN -> node.booleanValue();
      case NULL -> None.NONE;
      case POJO -> throw new IllegalArgumentException("a template cannot use a Java object");
      case BINARY, MISSING -> throw new IllegalArgumentException("a template cannot use a node of the kind " + node.getNodeType());
    };
  }
}
