package dev.wootz.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's dict: in order of insertion; keys are equal as Python has it ({@code 1}, {@code 1.0} and {@code True} are one). */
final class Dict implements Iterable<Dict.Item> {
  /** An entry; the key as it was first written. */
  record Item(Object key, Object value) {}

  /** Stands for a tuple among the keys; its text, for which the run has paid, instead of a hash that may take for ever. */
  private record TupleKey(String text) {}

  private final Map<Object, Item> items = new LinkedHashMap<>();

  void put(Object key, Object value, Run run) {
    put(hashable(key, run), key, value);
  }

  /** For text, which is its own hash key. */
  void put(String key, Object value) {
    put(key, key, value);
  }

  private void put(Object hashable, Object key, Object value) {
    Item known = items.get(hashable);
    items.put(hashable, new Item(known == null ? key : known.key(), value));
  }

  @Nullable Object get(Object key, Run run) {
    Item item = items.get(hashable(key, run));
    return item == null ? null : item.value();
  }

  @Nullable Object get(String key) {
    Item item = items.get(key);
    return item == null ? null : item.value();
  }

  boolean contains(Object key, Run run) {
    return items.containsKey(hashable(key, run));
  }

  int size() {
    return items.size();
  }

  @Override
  public Iterator<Item> iterator() {
    return items.values().iterator();
  }

  List<Object> keys() {
    List<Object> keys = new ArrayList<>(items.size());
    items.values().forEach(item -> keys.add(item.key()));
    return keys;
  }

  List<Object> values() {
    List<Object> values = new ArrayList<>(items.size());
    items.values().forEach(item -> values.add(item.value()));
    return values;
  }

  /** The pairs of key and value, as tuples. */
  List<Object> pairs() {
    List<Object> pairs = new ArrayList<>(items.size());
    items.values().forEach(item -> pairs.add(Tuple.of(item.key(), item.value())));
    return pairs;
  }

  private static Object hashable(Object key, Run run) {
    if (key instanceof Boolean truth) {
      return truth ? 1L : 0L;
    }
    if (key instanceof Double number && number == Math.rint(number) && Math.abs(number) < 0x1p63) {
      return number.longValue();
    }
    if (key instanceof BigInteger || key instanceof Double || key instanceof Long || key instanceof String || key instanceof Undefined) {
      return key;
    }
    if (key instanceof Tuple tuple) {
      List<Object> parts = new ArrayList<>();
      tuple.elements().forEach(part -> parts.add(hashable(part, run)));
      return new TupleKey(PythonText.repr(new Tuple(parts), run));
    }
    if (key instanceof List || key instanceof Dict || key instanceof DictView) {
      throw new Fault("unhashable type: '" + Kind.of(key) + "'");
    }
    return key;
  }
}
