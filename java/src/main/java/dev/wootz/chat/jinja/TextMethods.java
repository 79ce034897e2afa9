package dev.wootz.chat.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. Positions and lengths are in code points. */
final class TextMethods {
  /** A method of a text. */
  @FunctionalInterface
  interface Method {
    Object call(String text, @Nullable Object[] arguments, Run run);
  }

  private record Entry(Signature signature, Method method) {}

  private static final Map<String, Entry> METHODS = new HashMap<>();

  static {
    add("upper", (s, a, run) -> s.toUpperCase(Locale.ROOT));
    add("lower", (s, a, run) -> s.toLowerCase(Locale.ROOT));
    add("casefold", (s, a, run) -> s.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
    add("capitalize", (s, a, run) -> capitalize(s));
    add("title", (s, a, run) -> title(s));
    add("swapcase", (s, a, run) -> swapCase(s));
    add("strip", (s, a, run) -> strip(s, a[0], true, true, run), "chars?");
    add("lstrip", (s, a, run) -> strip(s, a[0], true, false, run), "chars?");
    add("rstrip", (s, a, run) -> strip(s, a[0], false, true, run), "chars?");
    add("split", (s, a, run) -> TextSplitting.split(s, a[0], count(a[1]), run), "sep?", "maxsplit?");
    add("rsplit", (s, a, run) -> TextSplitting.rsplit(s, a[0], count(a[1]), run), "sep?", "maxsplit?");
    add("splitlines", (s, a, run) -> TextSplitting.lines(s, a[0] != null && Truth.of(a[0]), run), "keepends?");
    add("partition", (s, a, run) -> TextSplitting.partition(s, text(a[0]), false, run), "sep");
    add("rpartition", (s, a, run) -> TextSplitting.partition(s, text(a[0]), true, run), "sep");
    add("startswith", (s, a, run) -> affix(s, a, true, run), "prefix", "start?", "end?");
    add("endswith", (s, a, run) -> affix(s, a, false, run), "suffix", "start?", "end?");
    add("removeprefix", (s, a, run) -> s.startsWith(text(a[0])) ? s.substring(text(a[0]).length()) : s, "prefix");
    add("removesuffix", (s, a, run) -> s.endsWith(text(a[0])) ? s.substring(0, s.length() - text(a[0]).length()) : s, "suffix");
    add("replace", (s, a, run) -> replace(s, text(a[0]), text(a[1]), count(a[2]), run), "old", "new", "count?");
    add("join", (s, a, run) -> join(s, required(a[0]), run), "iterable");
    add("find", (s, a, run) -> find(s, a, false, run), "sub", "start?", "end?");
    add("rfind", (s, a, run) -> find(s, a, true, run), "sub", "start?", "end?");
    add("index", (s, a, run) -> found(find(s, a, false, run)), "sub", "start?", "end?");
    add("rindex", (s, a, run) -> found(find(s, a, true, run)), "sub", "start?", "end?");
    add("count", (s, a, run) -> occurrences(s, a, run), "sub", "start?", "end?");
    add("zfill", (s, a, run) -> zeroFill(s, Numbers.integer(required(a[0])), run), "width");
    add("center", (s, a, run) -> TextLayout.center(s, Numbers.integer(required(a[0])), fill(a[1]), run), "width", "fillchar?");
    add("ljust", (s, a, run) -> TextLayout.pad(s, Numbers.integer(required(a[0])), fill(a[1]), false, run), "width", "fillchar?");
    add("rjust", (s, a, run) -> TextLayout.pad(s, Numbers.integer(required(a[0])), fill(a[1]), true, run), "width", "fillchar?");
    add("isdigit", (s, a, run) -> all(s, Character::isDigit));
    add("isdecimal", (s, a, run) -> all(s, Character::isDigit));
    add("isnumeric", (s, a, run) -> all(s, c -> Character.isDigit(c) || Character.getType(c) == Character.LETTER_NUMBER));
    add("isalpha", (s, a, run) -> all(s, Character::isLetter));
    add("isalnum", (s, a, run) -> all(s, Character::isLetterOrDigit));
    add("isspace", (s, a, run) -> all(s, PythonText::isSpace));
    add("islower", (s, a, run) -> isCased(s, false));
    add("isupper", (s, a, run) -> isCased(s, true));
    add("isascii", (s, a, run) -> s.codePoints().allMatch(c -> c < 128));
  }

  private TextMethods() {}

  private static void add(String name, Method method, String... parameters) {
    METHODS.put(name, new Entry(Signature.of(parameters), method));
  }

  /** The method bound to {@code text}, null when there is none of this name. */
  static @Nullable Callable of(String text, String name) {
    if (name.equals("format")) {
      return new TextFormat(text);
    }
    Entry entry = METHODS.get(name);
    if (entry == null) {
      return null;
    }
    return new Builtin(name, entry.signature(), (arguments, run) -> {
      run.charge(text.length() >> 2);
      Object result = entry.method().call(text, arguments, run);
      if (result instanceof String made) {
        run.chargeText(made.length());
      }
      return result;
    });
  }

  private static Object required(@Nullable Object argument) {
    if (argument == null) {
      throw new IllegalStateException("a required argument was not bound");
    }
    return argument;
  }

  static String text(@Nullable Object argument) {
    if (argument instanceof String text) {
      return text;
    }
    if (argument instanceof Undefined undefined) {
      throw undefined.fault();
    }
    throw new Fault("expected a str, found " + Kind.of(required(argument)));
  }

  /** -1 for no bound. */
  private static long count(@Nullable Object argument) {
    return argument == null ? -1 : Numbers.integer(argument);
  }

  private static String fill(@Nullable Object argument) {
    return argument == null ? " " : text(argument);
  }

  static String capitalize(String s) {
    if (s.isEmpty()) {
      return s;
    }
    int first = Character.charCount(s.codePointAt(0));
    return titleCase(s.codePointAt(0)) + s.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String titleCase(int c) {
    int title = Character.toTitleCase(c);
    return title != c ? Character.toString(title) : Character.toString(c).toUpperCase(Locale.ROOT);
  }

  private static String title(String s) {
    StringBuilder title = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < s.length(); ) {
      int c = s.codePointAt(i);
      title.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
      inWord = Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
      i += Character.charCount(c);
    }
    return title.toString();
  }

  private static String swapCase(String s) {
    StringBuilder swapped = new StringBuilder();
    s.codePoints().forEach(c -> {
      String one = Character.toString(c);
      swapped.append(Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
    });
    return swapped.toString();
  }

  static String strip(String s, @Nullable Object characters, boolean left, boolean right, Run run) {
    IntPredicate stripped = PythonText::isSpace;
    if (characters != null && characters != None.NONE) {
      String set = text(characters);
      run.chargeSearch(s.length(), set.length());
      stripped = c -> set.indexOf(c) >= 0;
    }
    int begin = 0;
    int end = s.length();
    while (left && begin < end && stripped.test(s.codePointAt(begin))) {
      begin += Character.charCount(s.codePointAt(begin));
    }
    while (right && end > begin && stripped.test(s.codePointBefore(end))) {
      end -= Character.charCount(s.codePointBefore(end));
    }
    return s.substring(begin, end);
  }

  static String repeat(String s, long times, Run run) {
    if (times <= 0 || s.isEmpty()) {
      return "";
    }
    run.chargeText(times > Integer.MAX_VALUE ? Long.MAX_VALUE : s.length() * times);
    return s.repeat((int) times);
  }

  static String replace(String s, String old, String replacement, long count, Run run) {
    run.chargeSearch(s.length(), old.length());
    StringBuilder replaced = new StringBuilder();
    int from = 0;
    long left = count < 0 ? Long.MAX_VALUE : count;
    if (old.isEmpty()) {
      for (; left > 0 && from <= s.length(); left--) {
        replaced.append(replacement);
        run.chargeGrowth(replaced, replaced.length() - replacement.length());
        int next = from == s.length() ? from + 1 : from + Character.charCount(s.codePointAt(from));
        replaced.append(s, from, Math.min(next, s.length()));
        from = next;
      }
      return replaced.append(s.substring(Math.min(from, s.length()))).toString();
    }
    for (int i = s.indexOf(old); i >= 0 && left > 0; i = s.indexOf(old, from), left--) {
      int before = replaced.length();
      replaced.append(s, from, i).append(replacement);
      run.chargeGrowth(replaced, before);
      from = i + old.length();
    }
    return from == 0 ? s : replaced.append(s, from, s.length()).toString();
  }

  private static String join(String separator, Object elements, Run run) {
    StringBuilder joined = new StringBuilder();
    int index = 0;
    for (var i = Iteration.of(elements, run); i.hasNext(); index++) {
      Object element = i.next();
      if (!(element instanceof String text)) {
        throw new Fault("sequence item " + index + ": expected str instance, " + Kind.of(element) + " found");
      }
      int before = joined.length();
      joined.append(index == 0 ? "" : separator).append(text);
      run.chargeGrowth(joined, before);
    }
    return joined.toString();
  }

  /** The part that {@code start} and {@code end}, the second and third argument, select; null where start lies beyond the end. */
  private static @Nullable String window(String s, @Nullable Object[] arguments, Run run) {
    if (arguments[1] == null && arguments[2] == null) {
      return s;
    }
    int length = Iteration.length(s, run);
    long start = bound(arguments[1], 0, length);
    long end = Math.min(bound(arguments[2], length, length), length);
    return start > length || start > end ? null : Slices.substring(s, (int) start, (int) end);
  }

  private static long bound(@Nullable Object argument, int otherwise, int length) {
    if (argument == null || argument == None.NONE) {
      return otherwise;
    }
    long at = Numbers.integer(argument);
    return at < 0 ? Math.max(0, at + length) : at;
  }

  private static boolean affix(String s, @Nullable Object[] arguments, boolean prefix, Run run) {
    List<Object> candidates = arguments[0] instanceof Tuple several ? several.elements() : List.of(required(arguments[0]));
    String window = window(s, arguments, run);
    boolean found = false;
    for (Object candidate : candidates) {
      String text = text(candidate);
      found |= window != null && (prefix ? window.startsWith(text) : window.endsWith(text));
    }
    return found;
  }

  private static Object find(String s, @Nullable Object[] arguments, boolean last, Run run) {
    String part = text(arguments[0]);
    run.chargeSearch(s.length(), part.length());
    String window = window(s, arguments, run);
    int at = window == null ? -1 : last ? window.lastIndexOf(part) : window.indexOf(part);
    if (window == null || at < 0) {
      return -1L;
    }
    return (arguments[1] == null ? 0 : bound(arguments[1], 0, Iteration.length(s, run))) + window.codePointCount(0, at);
  }

  private static Object found(Object position) {
    if (position.equals(-1L)) {
      throw new Fault("substring not found");
    }
    return position;
  }

  private static Object occurrences(String s, @Nullable Object[] arguments, Run run) {
    String part = text(arguments[0]);
    run.chargeSearch(s.length(), part.length());
    String window = window(s, arguments, run);
    if (window == null) {
      return 0L;
    }
    if (part.isEmpty()) {
      return Iteration.length(window, run) + 1L;
    }
    long count = 0;
    for (int i = window.indexOf(part); i >= 0; i = window.indexOf(part, i + part.length())) {
      count++;
    }
    return count;
  }

  private static String zeroFill(String s, long width, Run run) {
    String sign = s.startsWith("-") || s.startsWith("+") ? s.substring(0, 1) : "";
    return sign + repeat("0", width - Iteration.length(s, run), run) + s.substring(sign.length());
  }

  private static boolean all(String s, IntPredicate predicate) {
    return !s.isEmpty() && s.codePoints().allMatch(predicate);
  }

  static boolean isCased(String s, boolean upper) {
    return s.codePoints().anyMatch(c -> upper ? Character.isUpperCase(c) : Character.isLowerCase(c))
        && s.codePoints().noneMatch(c -> Character.isTitleCase(c) || (upper ? Character.isLowerCase(c) : Character.isUpperCase(c)));
  }

}
