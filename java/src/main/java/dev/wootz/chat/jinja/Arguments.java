package dev.wootz.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The arguments of a call. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  /** With one more. */
  Arguments with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(named);
    more.put(name, value);
    return new Arguments(positional, more);
  }

  /** Those that follow the first {@code count}. */
  Arguments after(int count) {
    return new Arguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
  }
}
