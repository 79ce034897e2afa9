package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The JSON schema of a record. */
final class RecordSchema {
  private static final Set<Class<?>> TEXT = Set.of(String.class, CharSequence.class, char.class, Character.class);
  private static final Set<Class<?>> INTEGERS =
      Set.of(int.class, Integer.class, long.class, Long.class, short.class, Short.class, byte.class, Byte.class, BigInteger.class,
          OptionalInt.class, OptionalLong.class);
  private static final Set<Class<?>> NUMBERS =
      Set.of(double.class, Double.class, float.class, Float.class, BigDecimal.class, Number.class, OptionalDouble.class);
  private static final Set<Class<?>> OPTIONAL = Set.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class);

  /** The records that are being described, to tell one that contains itself. */
  private final Deque<Class<?>> open = new ArrayDeque<>();

  private RecordSchema() {}

  static ObjectNode of(Class<? extends Record> type) {
    return new RecordSchema().record(type);
  }

  /** Of a tool without arguments. */
  static ObjectNode empty() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put("type", "object");
    schema.putObject("properties");
    return schema;
  }

  private ObjectNode record(Class<?> type) {
    if (open.contains(type)) {
      throw new ChatException("the record " + type.getName() + " contains itself, which a tool's schema cannot say");
    }
    open.push(type);
    ObjectNode schema = empty();
    ArrayNode required = JsonNodeFactory.instance.arrayNode();
    for (RecordComponent component : type.getRecordComponents()) {
      ObjectNode property = schema(component.getGenericType(), type.getSimpleName() + "." + component.getName());
      Description description = component.getAnnotation(Description.class);
      if (description != null) {
        property.put("description", description.value());
      }
      ((ObjectNode) schema.get("properties")).set(component.getName(), property);
      boolean optional = OPTIONAL.contains(component.getType()) || component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      if (!optional) {
        required.add(component.getName());
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    open.pop();
    return schema;
  }

  private ObjectNode schema(Type type, String where) {
    if (type instanceof Class<?> plain) {
      return plain(plain, where);
    }
    if (type instanceof GenericArrayType array) {
      return array(array.getGenericComponentType(), where);
    }
    if (type instanceof WildcardType wildcard) {
      return schema(wildcard.getUpperBounds()[0], where);
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
      Type[] arguments = generic.getActualTypeArguments();
      if (raw == Optional.class) {
        return schema(arguments[0], where);
      }
      if (Collection.class.isAssignableFrom(raw)) {
        return array(arguments[0], where);
      }
      if (Map.class.isAssignableFrom(raw) && arguments[0] == String.class) {
        ObjectNode schema = typed("object");
        schema.set("additionalProperties", schema(arguments[1], where));
        return schema;
      }
    }
    throw new ChatException(where + ": a tool's argument cannot be of the type " + type.getTypeName());
  }

  private ObjectNode plain(Class<?> type, String where) {
    if (TEXT.contains(type)) {
      return typed("string");
    } else if (INTEGERS.contains(type)) {
      return typed("integer");
    } else if (NUMBERS.contains(type)) {
      return typed("number");
    } else if (type == boolean.class || type == Boolean.class) {
      return typed("boolean");
    } else if (type.isEnum()) {
      ObjectNode schema = typed("string");
      ArrayNode names = schema.putArray("enum");
      for (Object constant : type.getEnumConstants()) {
        names.add(((Enum<?>) constant).name());
      }
      return schema;
    } else if (type.isRecord()) {
      return record(type);
    } else if (type.isArray()) {
      return array(type.getComponentType(), where);
    } else if (JsonNode.class.isAssignableFrom(type) || type == Object.class) {
      return type == ObjectNode.class ? typed("object") : JsonNodeFactory.instance.objectNode();
    }
    throw new ChatException(where + ": a tool's argument cannot be of the type " + type.getTypeName());
  }

  private ObjectNode array(Type element, String where) {
    ObjectNode schema = typed("array");
    schema.set("items", schema(element, where));
    return schema;
  }

  private static ObjectNode typed(String type) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put("type", type);
    return schema;
  }
}
