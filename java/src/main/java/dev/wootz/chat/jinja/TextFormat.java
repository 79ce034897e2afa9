package dev.wootz.chat.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The method {@code str.format}: fields in braces. */
record TextFormat(String pattern) implements Callable {
  private static final Pattern FIELD =
      Pattern.compile("\\{\\{|\\}\\}|\\{([^{}\\[\\].!:]*)((?:\\.[^{}\\[\\].!:]+|\\[[^\\]{}]+\\])*)(?:!([rs]))?(?::([^{}]*))?\\}|[{}]");
  private static final Pattern STEP = Pattern.compile("\\.([^\\[\\].]+)|\\[([^\\]]+)\\]");

  @Override
  public String name() {
    return "format";
  }

  @Override
  public Object call(Arguments given, Run run) {
    StringBuilder text = new StringBuilder();
    Matcher field = FIELD.matcher(pattern);
    int from = 0;
    int next = 0;
    while (field.find()) {
      int before = text.length();
      text.append(pattern, from, field.start());
      from = field.end();
      String found = field.group();
      if (found.equals("{{") || found.equals("}}")) {
        text.append(found.charAt(0));
      } else if (field.group(1) == null) {
        throw new Fault("a single '" + found + "' in a format");
      } else {
        String name = field.group(1).isEmpty() ? Integer.toString(next++) : field.group(1);
        Object value = steps(argument(name, given), field.group(2), run);
        boolean quoted = "r".equals(field.group(3));
        Object shown = quoted ? PythonText.repr(value, run) : "s".equals(field.group(3)) ? PythonText.str(value, run) : value;
        text.append(FormatSpec.parse(field.group(4) == null ? "" : field.group(4)).format(shown, run));
      }
      run.chargeGrowth(text, before);
    }
    return text.append(pattern, from, pattern.length()).toString();
  }

  private static Object argument(String name, Arguments given) {
    boolean position = name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    if (position && Integer.parseInt(name) < given.positional().size()) {
      return given.positional().get(Integer.parseInt(name));
    }
    Object named = given.named().get(name);
    if (named == null) {
      throw new Fault("format() has no argument for the field {" + name + "}");
    }
    return named;
  }

  private static Object steps(Object from, String path, Run run) {
    Object value = from;
    for (Matcher step = STEP.matcher(path); step.find(); ) {
      String key = step.group(2);
      boolean index = key != null && key.length() < 10 && key.chars().allMatch(c -> c >= '0' && c <= '9');
      value = key == null
          ? Attributes.attribute(value, step.group(1), run)
          : Attributes.item(value, index ? (Object) Long.parseLong(key) : key, run);
    }
    return value;
  }
}
