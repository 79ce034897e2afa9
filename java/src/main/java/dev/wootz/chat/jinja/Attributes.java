package dev.wootz.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code value.name} and {@code value[key]} mean: a method or attribute of the value first, or an element of it first. */
final class Attributes {
  /** Of lists and dicts; the sandbox that templates run in gives out none of them. */
  private static final Set<String> CHANGING =
      Set.of("append", "clear", "pop", "popitem", "setdefault", "update", "reverse", "insert", "sort", "extend", "remove");

  private Attributes() {}

  /** {@code owner.name}: methods first. */
  static Object attribute(Object owner, String name, Run run) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Object own = own(owner, name, run);
    Object found = own != null ? own : element(owner, name, run);
    return found == null ? Undefined.attribute(owner, name) : found;
  }

  /** {@code owner[key]}: elements first. */
  static Object item(Object owner, Object key, Run run) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Object found = element(owner, key, run);
    if (found == null && key instanceof String name) {
      found = own(owner, name, run);
    }
    return found == null ? Undefined.attribute(owner, key) : found;
  }

  private static @Nullable Object element(Object owner, Object key, Run run) {
    if (owner instanceof Dict dict) {
      boolean unhashable = key instanceof List || key instanceof Dict;
      return unhashable ? null : dict.get(key, run);
    }
    boolean sequence = owner instanceof String || owner instanceof List || owner instanceof Tuple;
    if (!sequence || !Numbers.isInteger(key)) {
      return null;
    }
    long length = Iteration.length(owner, run);
    long index = Numbers.integer(key);
    long at = index < 0 ? index + length : index;
    if (at < 0 || at >= length) {
      return null;
    }
    if (owner instanceof String text) {
      run.charge(text.length() >> 4);
      return Slices.substring(text, (int) at, (int) at + 1);
    }
    return owner instanceof Tuple tuple ? tuple.elements().get((int) at) : ((List<?>) owner).get((int) at);
  }

  private static @Nullable Object own(Object owner, String name, Run run) {
    if (owner instanceof String text) {
      return TextMethods.of(text, name);
    } else if (owner instanceof Dict dict) {
      return CHANGING.contains(name) ? refused(owner, name) : method(dict, name);
    } else if (owner instanceof Tuple tuple) {
      return name.equals("copy") ? null : method(tuple.elements(), name);
    } else if (owner instanceof List<?> list) {
      return CHANGING.contains(name) && !(owner instanceof Range) ? refused(owner, name) : method(list, name);
    } else if (owner instanceof Namespace namespace) {
      return namespace.attributes().get(name);
    } else if (owner instanceof Loop loop) {
      return loop.attribute(name, run);
    } else if (owner instanceof Macro macro) {
      return macro.attribute(name);
    } else if (owner instanceof Cycler cycler) {
      return cycler.attribute(name);
    }
    return null;
  }

  private static Object refused(Object owner, String name) {
    String kind = Kind.of(owner);
    return new Undefined("'" + kind + "." + name + "' changes its " + kind + ", which templates may not", name);
  }

  private static @Nullable Callable method(Dict dict, String name) {
    return switch (name) {
      case "keys" -> new Builtin(name, Signature.of(), (a, run) -> new DictView(name, paid(dict.keys(), run)));
      case "values" -> new Builtin(name, Signature.of(), (a, run) -> new DictView(name, paid(dict.values(), run)));
      case "items" -> new Builtin(name, Signature.of(), (a, run) -> new DictView(name, paid(dict.pairs(), run)));
      case "copy" -> new Builtin(name, Signature.of(), (a, run) -> dict);
      case "get" -> new Builtin(name, Signature.of("key", "default?"), (a, run) -> get(dict, a, run));
      default -> null;
    };
  }

  private static List<Object> paid(List<Object> elements, Run run) {
    run.charge(elements.size());
    return elements;
  }

  private static Object get(Dict dict, @Nullable Object[] arguments, Run run) {
    Object key = arguments[0];
    Object value = key == null ? null : dict.get(key, run);
    return value != null ? value : arguments[1] != null ? arguments[1] : None.NONE;
  }

  private static @Nullable Callable method(List<?> list, String name) {
    return switch (name) {
      case "index" -> new Builtin(name, Signature.of("value"), (a, run) -> index(list, a[0], run));
      case "count" -> new Builtin(name, Signature.of("value"), (a, run) -> count(list, a[0], run));
      case "copy" -> list instanceof Range ? null : new Builtin(name, Signature.of(), (a, run) -> list);
      default -> null;
    };
  }

  private static Object index(List<?> list, @Nullable Object wanted, Run run) {
    for (int i = 0; i < list.size(); i++) {
      if (wanted != null && Comparison.equal(list.get(i), wanted, run)) {
        return (long) i;
      }
    }
    throw new Fault("the value is not in the list");
  }

  private static Object count(List<?> list, @Nullable Object wanted, Run run) {
    return list.stream().filter(element -> wanted != null && Comparison.equal(element, wanted, run)).count();
  }

  /** {@code dict(...)}: from a mapping or pairs, and from named arguments. */
  static Dict dict(Arguments given, Run run) {
    Dict dict = new Dict();
    if (given.positional().size() > 1) {
      throw new Fault("dict expected at most 1 argument, got " + given.positional().size());
    }
    for (Object from : given.positional()) {
      if (from instanceof Dict other) {
        other.forEach(item -> dict.put(item.key(), item.value(), run));
      } else {
        Iteration.of(from, run).forEachRemaining(pair -> putPair(dict, Iteration.list(pair, run), run));
      }
    }
    run.charge(dict.size() + given.named().size());
    for (Map.Entry<String, Object> named : given.named().entrySet()) {
      dict.put(named.getKey(), named.getValue());
    }
    return dict;
  }

  private static void putPair(Dict dict, List<Object> pair, Run run) {
    if (pair.size() != 2) {
      throw new Fault("a dict is made of pairs, found " + pair.size() + " elements");
    }
    dict.put(pair.get(0), pair.get(1), run);
  }
}
