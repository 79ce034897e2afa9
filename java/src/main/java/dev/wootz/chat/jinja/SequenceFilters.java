package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The filters that take lists or dicts apart, order or measure them. */
final class SequenceFilters {
  private SequenceFilters() {}

  static void register() {
    Filters.add("default", SequenceFilters::otherwise, "default_value?", "boolean?");
    Filters.add("d", SequenceFilters::otherwise, "default_value?", "boolean?");
    Filters.add("length", (value, a, run) -> (long) Iteration.length(value, run));
    Filters.add("count", (value, a, run) -> (long) Iteration.length(value, run));
    Filters.add("list", (value, a, run) -> Iteration.list(value, run));
    Filters.add("first", (value, a, run) -> {
      Iterator<Object> elements = Iteration.of(value, run);
      return elements.hasNext() ? elements.next() : new Undefined("No first item, sequence was empty.", null);
    });
    Filters.add("last", (value, a, run) -> {
      List<Object> elements = value instanceof Undefined ? List.of() : Iteration.reversed(value, run);
      return elements.isEmpty() ? new Undefined("No last item, sequence was empty.", null) : elements.get(0);
    });
    Filters.add("reverse", SequenceFilters::reverse);
    Filters.add("items", (value, a, run) -> Generator.lazy(() -> items(value, run)));
    Filters.add("attr", (value, a, run) -> attribute(value, a[0], run), "name");
    Filters.add("dictsort", SequenceFilters::dictSort, "case_sensitive?", "by?", "reverse?");
    Filters.add("sort", (value, a, run) -> Selection.sorted(
        Iteration.list(value, run), element -> Selection.keys(element, a[2], Filters.flag(a[1]), run), Filters.flag(a[0]), run),
        "reverse?", "case_sensitive?", "attribute?");
    Filters.add("unique", lazy(SequenceFilters::unique), "case_sensitive?", "attribute?");
    Filters.add("min", (value, a, run) -> extreme(value, a, -1, run), "case_sensitive?", "attribute?");
    Filters.add("max", (value, a, run) -> extreme(value, a, 1, run), "case_sensitive?", "attribute?");
    Filters.add("sum", SequenceFilters::sum, "attribute?", "start?");
    Filters.add("batch", lazy(SequenceFilters::batch), "linecount", "fill_with?");
    Filters.add("slice", lazy(SequenceFilters::slice), "slices", "fill_with?");
    Filters.add("groupby", SequenceFilters::groupBy, "attribute", "default?", "case_sensitive?");
  }

  @FunctionalInterface
  private interface Elements {
    Iterator<Object> of(Object value, @Nullable Object[] arguments, Run run);
  }

  private static Filters.Bound lazy(Elements filter) {
    return (value, arguments, run) -> Generator.lazy(() -> filter.of(value, arguments, run));
  }

  private static Object otherwise(Object value, @Nullable Object[] arguments, Run run) {
    boolean replaced = value instanceof Undefined || (Filters.flag(arguments[1]) && !Truth.of(value));
    return replaced ? Filters.or(arguments[0], "") : value;
  }

  private static Object reverse(Object value, @Nullable Object[] arguments, Run run) {
    if (value instanceof String text) {
      return Slices.slice(text, None.NONE, None.NONE, -1L, run);
    }
    if (value instanceof Generator || value instanceof Undefined) {
      List<Object> elements = Iteration.list(value, run);
      Collections.reverse(elements);
      return elements;
    }
    return new Generator(Iteration.reversed(value, run).iterator());
  }

  private static Iterator<Object> items(Object value, Run run) {
    if (value instanceof Undefined) {
      return List.of().iterator();
    }
    if (!(value instanceof Dict dict)) {
      throw new Fault("Can only get item pairs from a mapping.");
    }
    run.charge(dict.size());
    return dict.pairs().iterator();
  }

  private static Object attribute(Object value, @Nullable Object name, Run run) {
    String attribute = TextMethods.text(name);
    return value instanceof Dict ? Undefined.attribute(value, attribute) : Attributes.attribute(value, attribute, run);
  }

  private static Object dictSort(Object value, @Nullable Object[] arguments, Run run) {
    if (!(value instanceof Dict dict)) {
      throw Undefined.attribute(value, "items").fault();
    }
    Object by = Filters.or(arguments[1], "key");
    if (!by.equals("key") && !by.equals("value")) {
      throw new Fault("You can only sort by either \"key\" or \"value\"");
    }
    Object position = by.equals("key") ? 0L : 1L;
    boolean caseSensitive = Filters.flag(arguments[0]);
    run.charge(dict.size());
    return Selection.sorted(
        dict.pairs(), pair -> Selection.key(pair, position, caseSensitive, null, run), Filters.flag(arguments[2]), run);
  }

  private static Iterator<Object> unique(Object value, @Nullable Object[] arguments, Run run) {
    Dict seen = new Dict();
    return Selection.select(Iteration.of(value, run), element -> {
      Object key = Selection.key(element, arguments[1], Filters.flag(arguments[0]), null, run);
      boolean fresh = !seen.contains(key, run);
      seen.put(key, true, run);
      return fresh;
    });
  }

  private static Object extreme(Object value, @Nullable Object[] arguments, int wanted, Run run) {
    Object best = null;
    Object bestKey = None.NONE;
    for (Iterator<Object> elements = Iteration.of(value, run); elements.hasNext(); ) {
      Object element = elements.next();
      Object key = Selection.key(element, arguments[1], Filters.flag(arguments[0]), null, run);
      if (best == null || Comparison.order(key, bestKey, wanted < 0 ? "<" : ">", run) == wanted) {
        best = element;
        bestKey = key;
      }
    }
    return best == null ? new Undefined("No aggregated item, sequence was empty.", null) : best;
  }

  private static Object sum(Object value, @Nullable Object[] arguments, Run run) {
    Object sum = Filters.or(arguments[1], 0L);
    if (sum instanceof String) {
      throw new Fault("sum() can't sum strings");
    }
    Object from = arguments[0] == null || arguments[0] == None.NONE ? value : Selection.attributes(value, arguments[0], null, run);
    for (Iterator<Object> elements = Iteration.of(from, run); elements.hasNext(); ) {
      sum = Arithmetic.apply("+", sum, elements.next(), run);
    }
    return sum;
  }

  private static Iterator<Object> batch(Object value, @Nullable Object[] arguments, Run run) {
    long size = Numbers.integer(Filters.or(arguments[0], 1L));
    List<Object> batches = new ArrayList<>();
    List<Object> batch = new ArrayList<>();
    for (Iterator<Object> elements = Iteration.of(value, run); elements.hasNext(); ) {
      Object element = elements.next();
      if (batch.size() == size) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(element);
    }
    if (!batch.isEmpty()) {
      for (long i = batch.size(); arguments[1] != null && arguments[1] != None.NONE && i < size; i++) {
        run.chargeElements(1);
        batch.add(arguments[1]);
      }
      batches.add(batch);
    }
    return batches.iterator();
  }

  private static Iterator<Object> slice(Object value, @Nullable Object[] arguments, Run run) {
    List<Object> elements = Iteration.list(value, run);
    long slices = Numbers.integer(Filters.or(arguments[0], 1L));
    if (slices == 0) {
      throw new Fault("integer division or modulo by zero");
    }
    run.chargeElements(Math.max(0, slices));
    long size = elements.size() / Math.max(1, slices);
    long larger = elements.size() % Math.max(1, slices);
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (long i = 0; i < slices; i++) {
      int to = (int) (from + size + (i < larger ? 1 : 0));
      List<Object> part = new ArrayList<>(elements.subList(from, to));
      if (arguments[1] != null && arguments[1] != None.NONE && i >= larger) {
        part.add(arguments[1]);
      }
      parts.add(part);
      from = to;
    }
    return parts.iterator();
  }

  private static Object groupBy(Object value, @Nullable Object[] arguments, Run run) {
    boolean caseSensitive = Filters.flag(arguments[2]);
    Object path = Filters.or(arguments[0], None.NONE);
    List<Object> sorted = Selection.sorted(
        Iteration.list(value, run), element -> Selection.key(element, path, caseSensitive, arguments[1], run), false, run);
    List<Object> groups = new ArrayList<>();
    List<Object> group = new ArrayList<>();
    Object groupKey = None.NONE;
    for (Object element : sorted) {
      Object key = Selection.key(element, path, caseSensitive, arguments[1], run);
      if (group.isEmpty() || !Comparison.equal(key, groupKey, run)) {
        group = new ArrayList<>();
        groups.add(Tuple.of(Selection.attribute(element, path, arguments[1], run), group));
        groupKey = key;
      }
      group.add(element);
    }
    return groups;
  }
}
