package dev.wootz.chat.jinja;

import java.util.Collections;
import java.util.Iterator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@code map}, {@code select}, {@code reject}, {@code selectattr}, {@code rejectattr}: filters that apply other filters and tests. */
final class SelectionFilters {
  private SelectionFilters() {}

  static void register() {
    add("map", SelectionFilters::map);
    add("select", (value, given, run) -> select(value, null, given, true, run));
    add("reject", (value, given, run) -> select(value, null, given, false, run));
    add("selectattr", (value, given, run) -> select(value, attribute(given), given.after(1), true, run));
    add("rejectattr", (value, given, run) -> select(value, attribute(given), given.after(1), false, run));
  }

  /** Nothing is asked of a value that is empty, or of what it is to be passed through, before the first element is. */
  private static void add(String name, Elements filter) {
    Filters.addRaw(name, (value, given, run) ->
        Generator.lazy(() -> Truth.of(value) ? filter.of(value, given, run) : Collections.emptyIterator()));
  }

  @FunctionalInterface
  private interface Elements {
    Iterator<Object> of(Object value, Arguments given, Run run);
  }

  private static Iterator<Object> map(Object value, Arguments given, Run run) {
    if (given.positional().isEmpty() && given.named().containsKey("attribute")) {
      for (String name : given.named().keySet()) {
        if (!name.equals("attribute") && !name.equals("default")) {
          throw new Fault("Unexpected keyword argument '" + name + "'");
        }
      }
      return Selection.attributes(value, given.named().get("attribute"), given.named().get("default"), run).elements();
    }
    if (given.positional().isEmpty()) {
      throw new Fault("map requires a filter argument");
    }
    Filters.Filter filter = Filters.named(TextMethods.text(given.positional().get(0)));
    return Selection.map(value, element -> filter.apply(element, given.after(1), run), run).elements();
  }

  private static Object attribute(Arguments given) {
    if (given.positional().isEmpty()) {
      throw new Fault("Missing parameter for attribute name");
    }
    return given.positional().get(0);
  }

  private static Iterator<Object> select(Object value, @Nullable Object path, Arguments test, boolean wanted, Run run) {
    Predicate<Object> holds = Truth::of;
    if (!test.positional().isEmpty()) {
      Tests.Test named = Tests.named(TextMethods.text(test.positional().get(0)));
      holds = element -> named.holds(element, test.after(1), run);
    }
    Predicate<Object> decides = holds;
    return Selection.select(Iteration.of(value, run), element -> {
      Object tested = path == null ? element : Selection.attribute(element, path, null, run);
      return decides.test(tested) == wanted;
    });
  }
}
