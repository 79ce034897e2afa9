package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The variable {@code loop} of a for loop. Looks one element ahead, or takes all the rest, only when the template asks for something that
 * needs it: a loop's condition may depend on what its body has done before.
 */
final class Loop {
  private final Object iterable;
  private final boolean filtered;
  private Iterator<Object> rest;
  private long index0 = -1;
  private long length = -1;
  private @Nullable Object before;
  private @Nullable Object current;
  private @Nullable Object after;
  private @Nullable Object changing;

  /**
   * A loop over {@code elements}.
   *
   * @param iterable that they come from, whose length is theirs unless {@code filtered}
   */
  Loop(Object iterable, boolean filtered, Iterator<Object> elements) {
    this.iterable = iterable;
    this.filtered = filtered;
    this.rest = elements;
  }

  boolean hasNext() {
    return after != null || rest.hasNext();
  }

  Object next() {
    Object next = after != null ? after : rest.next();
    after = null;
    index0++;
    before = current;
    current = next;
    return next;
  }

  long index() {
    return index0 + 1;
  }

  long length(Run run) {
    if (length < 0 && !filtered) {
      length = Iteration.lengthOrMinus(iterable, run);
    }
    if (length < 0) {
      List<Object> remaining = new ArrayList<>();
      rest.forEachRemaining(remaining::add);
      rest = remaining.iterator();
      length = remaining.size() + index() + (after == null ? 0 : 1);
    }
    return length;
  }

  private @Nullable Object peek() {
    if (after == null && rest.hasNext()) {
      after = rest.next();
    }
    return after;
  }

  @Nullable Object attribute(String name, Run run) {
    return switch (name) {
      case "index" -> index();
      case "index0" -> index0;
      case "revindex" -> length(run) - index0;
      case "revindex0" -> length(run) - index();
      case "first" -> index0 == 0;
      case "last" -> peek() == null;
      case "length" -> length(run);
      case "depth" -> 1L;
      case "depth0" -> 0L;
      case "previtem" -> before == null ? new Undefined("there is no previous item", null) : before;
      case "nextitem" -> next(peek());
      case "cycle" -> new Variadic(name, (given, caller) -> cycle(given.positional()));
      case "changed" -> new Variadic(name, (given, caller) -> changed(new Tuple(given.positional()), caller));
      default -> null;
    };
  }

  private static Object next(@Nullable Object peeked) {
    return peeked == null ? new Undefined("there is no next item", null) : peeked;
  }

  private Object cycle(List<Object> values) {
    if (values.isEmpty()) {
      throw new Fault("no items for cycling given");
    }
    return values.get((int) (index0 % values.size()));
  }

  private boolean changed(Tuple values, Run run) {
    boolean changed = changing == null || !Comparison.equal(changing, values, run);
    changing = values;
    return changed;
  }
}
