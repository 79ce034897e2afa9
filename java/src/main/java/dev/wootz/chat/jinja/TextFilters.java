package dev.wootz.chat.jinja;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The filters that give text; what they are applied to is printed first. */
final class TextFilters {
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

  private TextFilters() {}

  static void register() {
    Filters.add("string", (value, a, run) -> PythonText.str(value, run));
    Filters.addRaw("safe", (value, given, run) -> value instanceof Markup ? value : new Markup(PythonText.str(value, run)));
    Filters.addRaw("escape", (value, given, run) -> Markup.of(value, run));
    Filters.addRaw("e", (value, given, run) -> Markup.of(value, run));
    Filters.addRaw("forceescape", (value, given, run) -> Markup.of(Markup.plain(value), run));
    Filters.add("upper", (value, a, run) -> text(value, run).toUpperCase(Locale.ROOT));
    Filters.add("lower", (value, a, run) -> text(value, run).toLowerCase(Locale.ROOT));
    Filters.add("capitalize", (value, a, run) -> TextMethods.capitalize(text(value, run)));
    Filters.add("title", (value, a, run) -> TextLayout.title(text(value, run)));
    Filters.add("trim", (value, a, run) -> TextMethods.strip(text(value, run), a[0], true, true, run), "chars?");
    Filters.add("wordcount", (value, a, run) -> words(text(value, run)));
    Filters.addRaw("tojson", (value, given, run) -> JsonText.of(value, given, run));
    Filters.addRaw("format", TextFilters::format);
    Filters.add(
        "center", (value, a, run) -> TextLayout.center(text(value, run), Numbers.integer(Filters.or(a[0], 80L)), " ", run), "width?");
    Filters.add("indent", (value, a, run) -> {
      Object width = Filters.or(a[0], 4L);
      String indentation = width instanceof String text ? text : TextMethods.repeat(" ", Numbers.integer(width), run);
      return TextLayout.indent(TextMethods.text(value), indentation, Filters.flag(a[1]), Filters.flag(a[2]), run);
    }, "width?", "first?", "blank?");
    Filters.add("truncate", TextFilters::truncate, "length?", "killwords?", "end?", "leeway?");
    Filters.add("replace", (value, a, run) -> {
      long count = a[2] == null || a[2] == None.NONE ? -1 : Numbers.integer(a[2]);
      String old = PythonText.str(Filters.or(a[0], ""), run);
      return TextMethods.replace(text(value, run), old, PythonText.str(Filters.or(a[1], ""), run), count, run);
    }, "old", "new", "count?");
    Filters.add("join", (value, a, run) -> {
      Object elements = a[1] == null || a[1] == None.NONE ? value : Selection.attributes(value, a[1], null, run);
      return join(elements, PythonText.str(Filters.or(a[0], ""), run), run);
    }, "d?", "attribute?");
  }

  private static Object truncate(Object value, @Nullable Object[] arguments, Run run) {
    long length = Numbers.integer(Filters.or(arguments[0], 255L));
    long leeway = arguments[3] == null || arguments[3] == None.NONE ? TextLayout.LEEWAY : Numbers.integer(arguments[3]);
    String end = TextMethods.text(Filters.or(arguments[2], "..."));
    if (!(value instanceof String) && Iteration.length(value, run) <= length + leeway) {
      return value;
    }
    return TextLayout.truncate(TextMethods.text(value), length, Filters.flag(arguments[1]), end, leeway, run);
  }

  /** The text that a value prints as, paid for. */
  private static String text(Object value, Run run) {
    String text = PythonText.str(value, run);
    run.chargeText(text.length());
    return text;
  }

  private static Object format(Object value, Arguments given, Run run) {
    if (given.named().isEmpty()) {
      return PercentFormat.format(text(value, run), new Tuple(given.positional()), run);
    }
    if (!given.positional().isEmpty()) {
      throw new Fault("can't handle positional and keyword arguments at the same time");
    }
    Dict named = new Dict();
    given.named().forEach(named::put);
    return PercentFormat.format(text(value, run), named, run);
  }

  private static String join(Object elements, String separator, Run run) {
    StringBuilder joined = new StringBuilder();
    boolean first = true;
    for (var i = Iteration.of(elements, run); i.hasNext(); first = false) {
      int before = joined.length();
      joined.append(first ? "" : separator).append(PythonText.str(i.next(), run));
      run.chargeGrowth(joined, before);
    }
    return joined.toString();
  }

  private static long words(String text) {
    long count = 0;
    for (Matcher word = WORD.matcher(text); word.find(); ) {
      count++;
    }
    return count;
  }
}
