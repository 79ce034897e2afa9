package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into text and tags, and settles the white space between them: {@code -} inside a delimiter strips all of it on that side;
 * a tag's or comment's line end is dropped (trim_blocks) and so is the indentation before it (lstrip_blocks), unless {@code +} keeps them.
 */
final class Lexer {
  private static final Pattern RAW = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(?:-%}\\s*|%})", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)", Pattern.UNICODE_CHARACTER_CLASS);

  private final Source source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Lexer(Source source) {
    this.source = source;
    this.text = source.text();
  }

  static List<Token> tokens(Source source) {
    Lexer lexer = new Lexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < text.length()) {
      int tag = nextDelimiter(at);
      if (tag < 0) {
        data(at, text.length());
        at = text.length();
        break;
      }
      char sign = tag + 2 < text.length() ? text.charAt(tag + 2) : ' ';
      char kind = text.charAt(tag + 1);
      data(at, strippedEnd(at, tag, sign, kind != '{'));
      Matcher raw = RAW.matcher(text).region(tag, text.length());
      if (kind == '%' && raw.lookingAt()) {
        raw(tag, raw.end());
      } else if (kind == '#') {
        comment(tag, sign == '-' || sign == '+' ? tag + 3 : tag + 2);
      } else {
        tag(tag, kind, sign);
      }
    }
    tokens.add(new Token(Kind.END, text.length(), ""));
  }

  private int nextDelimiter(int from) {
    for (int i = text.indexOf('{', from); i >= 0 && i + 1 < text.length(); i = text.indexOf('{', i + 1)) {
      char next = text.charAt(i + 1);
      if (next == '{' || next == '%' || next == '#') {
        return i;
      }
    }
    return -1;
  }

  /** Where text from {@code begin} ends that a tag at {@code tag} follows. */
  private int strippedEnd(int begin, int tag, char sign, boolean block) {
    int end = tag;
    if (sign == '-') {
      while (end > begin && PythonText.isSpace(text.charAt(end - 1))) {
        end--;
      }
      return end;
    }
    if (sign == '+' || !block) {
      return tag;
    }
    while (end > begin && text.charAt(end - 1) != '\n' && PythonText.isSpace(text.charAt(end - 1))) {
      end--;
    }
    boolean lineStart = end == 0 || text.charAt(end - 1) == '\n';
    return lineStart ? end : tag;
  }

  private void data(int begin, int end) {
    if (end > begin) {
      tokens.add(new Token(Kind.DATA, begin, text.substring(begin, end)));
    }
  }

  private void raw(int tag, int begin) {
    Matcher end = END_RAW.matcher(text).region(begin, text.length());
    if (!end.find()) {
      throw source.error(tag, "'raw' without 'endraw'");
    }
    String sign = end.group(1);
    data(begin, strippedEnd(begin, end.start(), sign.isEmpty() ? ' ' : sign.charAt(0), true));
    at = end.end();
  }

  private void comment(int tag, int begin) {
    int end = text.indexOf("#}", begin);
    if (end < 0) {
      throw source.error(tag, "comment without its end '#}'");
    }
    char sign = end > begin ? text.charAt(end - 1) : ' ';
    at = afterTag(end + 2, sign, true);
  }

  private void tag(int tag, char kind, char sign) {
    boolean block = kind == '%';
    tokens.add(new Token(block ? Kind.TAG_BEGIN : Kind.PRINT_BEGIN, tag, ""));
    TagLexer inside = new TagLexer(source, sign == '-' || sign == '+' ? tag + 3 : tag + 2, block ? '%' : '}', tokens);
    int end = inside.run(tag);
    at = afterTag(end, inside.endSign(), block);
  }

  /** Where text goes on after a delimiter that ends at {@code end}. */
  private int afterTag(int end, char sign, boolean block) {
    int next = end;
    if (sign == '-') {
      while (next < text.length() && PythonText.isSpace(text.charAt(next))) {
        next++;
      }
    } else if (block && sign != '+' && next < text.length() && text.charAt(next) == '\n') {
      next++;
    }
    return next;
  }
}
