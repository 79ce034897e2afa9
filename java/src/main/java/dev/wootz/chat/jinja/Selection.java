package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Elements made from elements, one by one as they are asked for, and what filters compare them by. */
final class Selection {
  private static final Pattern INDEX = Pattern.compile("[0-9]{1,9}");

  private Selection() {}

  static Generator map(Object elements, Function<Object, Object> function, Run run) {
    return Generator.lazy(() -> mapped(Iteration.of(elements, run), function));
  }

  private static Iterator<Object> mapped(Iterator<Object> from, Function<Object, Object> function) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return from.hasNext();
      }

      @Override
      public Object next() {
        return function.apply(from.next());
      }
    };
  }

  static Iterator<Object> select(Iterator<Object> from, Predicate<Object> predicate) {
    return new Iterator<>() {
      private @Nullable Object found;

      @Override
      public boolean hasNext() {
        while (found == null && from.hasNext()) {
          Object candidate = from.next();
          found = predicate.test(candidate) ? candidate : null;
        }
        return found != null;
      }

      @Override
      public Object next() {
        Object next = hasNext() ? found : null;
        if (next == null) {
          throw new NoSuchElementException();
        }
        found = null;
        return next;
      }
    };
  }

  /** The attribute of each element. */
  static Generator attributes(Object elements, Object path, @Nullable Object otherwise, Run run) {
    return map(elements, element -> attribute(element, path, otherwise, run), run);
  }

  /**
   * The attribute at a path such as {@code function.name} or {@code 0}, elements first.
   *
   * @param otherwise instead of what is undefined, null for none
   */
  static Object attribute(Object element, Object path, @Nullable Object otherwise, Run run) {
    if (path == None.NONE) {
      return element;
    }
    Object value = element;
    List<Object> steps = path instanceof String text ? TextSplitting.split(text, ".", -1, run) : List.of(path);
    for (Object step : steps) {
      value = Attributes.item(value, step instanceof String text && INDEX.matcher(text).matches() ? Long.valueOf(text) : step, run);
      if (value instanceof Undefined && otherwise != null && otherwise != None.NONE) {
        value = otherwise;
      }
    }
    return value;
  }

  /** What to compare an element by. */
  static Object key(Object element, @Nullable Object path, boolean caseSensitive, @Nullable Object otherwise, Run run) {
    Object value = path == null ? element : attribute(element, path, otherwise, run);
    return caseSensitive ? value : folded(value);
  }

  /** As {@link #key}, by several attributes with commas between them. */
  static Object keys(Object element, @Nullable Object paths, boolean caseSensitive, Run run) {
    if (!(paths instanceof String several)) {
      return key(element, paths, caseSensitive, null, run);
    }
    List<Object> keys = new ArrayList<>();
    for (Object path : TextSplitting.split(several, ",", -1, run)) {
      keys.add(key(element, path, caseSensitive, null, run));
    }
    return keys;
  }

  private static Object folded(Object value) {
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  /** Sorted, equal ones in their order. */
  static List<Object> sorted(List<Object> elements, Function<Object, Object> key, boolean reverse, Run run) {
    record Keyed(Object key, Object element) {}

    List<Keyed> keyed = new ArrayList<>(elements.size());
    elements.forEach(element -> keyed.add(new Keyed(key.apply(element), element)));
    keyed.sort((a, b) -> {
      int order = Comparison.order(a.key(), b.key(), run);
      return order == 2 ? 0 : reverse ? -order : order;
    });
    List<Object> sorted = new ArrayList<>(elements.size());
    keyed.forEach(one -> sorted.add(one.element()));
    return sorted;
  }
}
