package dev.wootz.chat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A call in Qwen-Coder's form, where every argument is text:
 *
 * <pre>
 * &lt;function=get_weather&gt;
 * &lt;parameter=city&gt;
 * Paris
 * &lt;/parameter&gt;
 * &lt;/function&gt;
 * </pre>
 */
final class FunctionTag {
  static final String BEGIN = "<function=";
  private static final String END = "</function>";
  private static final Pattern NAME = Pattern.compile("<function=\\s*([^>\\s]*)\\s*>");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "<parameter=\\s*([^>\\s]+)\\s*>(?:\\r?\\n)?(.*?)(?:\\r?\\n)?(?:</parameter>|(?=<parameter=)|(?=</function>)|$)", Pattern.DOTALL);

  private FunctionTag() {}

  /** Where the call ends: behind its own closing tag or before {@code outer}, whichever comes first; -1 when neither is there. */
  static int end(String text, String outer) {
    int own = text.indexOf(END);
    int around = text.indexOf(outer);
    return own >= 0 && (around < 0 || own < around) ? own + END.length() : around;
  }

  /** As an object with name and arguments. */
  static ObjectNode parse(String body) {
    ObjectNode call = JsonNodeFactory.instance.objectNode();
    Matcher name = NAME.matcher(body);
    if (name.find()) {
      call.put("name", name.group(1));
    }
    ObjectNode arguments = call.putObject("arguments");
    for (Matcher parameter = PARAMETER.matcher(body); parameter.find(); ) {
      arguments.put(parameter.group(1), parameter.group(2));
    }
    return call;
  }
}
