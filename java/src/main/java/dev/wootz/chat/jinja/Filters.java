package dev.wootz.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters by name: those of Jinja2, less the ones for web pages, and {@code tojson} as transformers defines it. */
final class Filters {
  /** What {@code value | name(arguments)} gives. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments given, Run run);
  }

  /** As {@link Filter}, with one value for each parameter, null for what is not given. */
  @FunctionalInterface
  interface Bound {
    Object apply(Object value, @Nullable Object[] arguments, Run run);
  }

  private static final Map<String, Filter> FILTERS = new HashMap<>();

  static {
    TextFilters.register();
    NumberFilters.register();
    SequenceFilters.register();
    SelectionFilters.register();
  }

  private Filters() {}

  /** A filter that binds its arguments itself. */
  static void addRaw(String name, Filter filter) {
    FILTERS.put(name, filter);
  }

  static void add(String name, Bound filter, String... parameters) {
    Signature signature = Signature.of(parameters);
    addRaw(name, (value, given, run) -> filter.apply(Markup.plain(value), signature.bind(name, given), run));
  }

  static boolean exists(String name) {
    return FILTERS.containsKey(name);
  }

  static Filter named(String name) {
    Filter filter = FILTERS.get(name);
    if (filter == null) {
      throw new Fault("No filter named '" + name + "'");
    }
    return filter;
  }

  /** Whether an optional argument is given and true. */
  static boolean flag(@Nullable Object argument) {
    return argument != null && Truth.of(argument);
  }

  /** An optional argument. */
  static Object or(@Nullable Object argument, Object otherwise) {
    return argument == null ? otherwise : argument;
  }
}
