package dev.wootz.chat.jinja;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template knows. */
final class Globals {
  private static final Map<String, Callable> FUNCTIONS =
      Map.of(
          "range", new Builtin("range", Signature.of("start", "stop?", "step?"), (a, run) -> range(a)),
          "dict", new Variadic("dict", Attributes::dict),
          "namespace", new Variadic("namespace", (given, run) -> new Namespace(Attributes.dict(given, run))),
          "cycler", new Variadic("cycler", (given, run) -> new Cycler(given.positional())),
          "joiner", new Builtin("joiner", Signature.of("sep?"), (a, run) -> joiner(a[0] == null ? ", " : a[0])),
          "raise_exception", new Builtin("raise_exception", Signature.of("message"), Globals::raise),
          "strftime_now", new Builtin("strftime_now", Signature.of("format"), (a, run) -> CalendarText.now(TextMethods.text(a[0]), run)));

  private Globals() {}

  static @Nullable Callable find(String name) {
    return FUNCTIONS.get(name);
  }

  private static Object range(@Nullable Object[] arguments) {
    long first = Numbers.integer(arguments[0] == null ? None.NONE : arguments[0]);
    if (arguments[1] == null) {
      return Range.of(0, first, 1);
    }
    return Range.of(first, Numbers.integer(arguments[1]), arguments[2] == null ? 1 : Numbers.integer(arguments[2]));
  }

  /** Gives nothing when first called and {@code separator} from then on. */
  private static Callable joiner(Object separator) {
    boolean[] used = {false};
    return new Builtin("joiner", Signature.of(), (a, run) -> {
      boolean first = !used[0];
      used[0] = true;
      return first ? "" : separator;
    });
  }

  private static Object raise(@Nullable Object[] arguments, Run run) {
    throw new Fault(PythonText.str(arguments[0] == null ? None.NONE : arguments[0], run));
  }
}
