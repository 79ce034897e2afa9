package dev.wootz.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as models write it: Python's literals, single quotes, trailing commas, keys without quotes, line ends in texts, brackets left open.
 *
 * @param value what it means
 * @param repaired whether it had to be put right
 */
record LenientJson(JsonNode value, boolean repaired) {
  private static final JsonMapper LENIENT =
      JsonMapper.builder()
          .enable(
              JsonReadFeature.ALLOW_SINGLE_QUOTES,
              JsonReadFeature.ALLOW_TRAILING_COMMA,
              JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES,
              JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS,
              JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER,
              JsonReadFeature.ALLOW_JAVA_COMMENTS,
              JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
              JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS,
              JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS,
              JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Map<String, String> PYTHON = Map.of("True", "true", "False", "false", "None", "null");

  /** Null for what cannot be understood. A text that does not end makes the whole so: nobody knows how it would have gone on. */
  static @Nullable LenientJson parse(String text) {
    JsonNode strict = read(ChatJson.MAPPER, text);
    if (strict != null) {
      return new LenientJson(strict, false);
    }
    String repaired = repaired(text);
    JsonNode value = repaired == null ? null : read(LENIENT, repaired);
    return value == null ? null : new LenientJson(value, true);
  }

  private static @Nullable JsonNode read(JsonMapper mapper, String text) {
    try {
      JsonNode value = mapper.readTree(text);
      return value.isMissingNode() ? null : value;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** With JSON's literals and all brackets closed; null when a text is left open. */
  private static @Nullable String repaired(String text) {
    StringBuilder json = new StringBuilder();
    Deque<Character> open = new ArrayDeque<>();
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i);
      if (c == '"' || c == '\'') {
        int end = endOfText(text, i);
        if (end < 0) {
          return null;
        }
        json.append(text, i, end);
        i = end;
      } else if (Character.isLetter(c)) {
        int end = i;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
          end++;
        }
        String word = text.substring(i, end);
        json.append(PYTHON.getOrDefault(word, word));
        i = end;
      } else {
        bracket(c, open, json);
        i++;
      }
    }
    open.forEach(json::append);
    return json.toString();
  }

  /** Closes what an outer bracket's end shows to be closed, and drops an end that closes nothing. */
  private static void bracket(char c, Deque<Character> open, StringBuilder json) {
    if (c == '{' || c == '[') {
      open.push(c == '{' ? '}' : ']');
    } else if (c == '}' || c == ']') {
      if (!open.contains(c)) {
        return;
      }
      while (open.peek() != c) {
        json.append(open.pop());
      }
      open.pop();
    }
    json.append(c);
  }

  private static int endOfText(String text, int begin) {
    char quote = text.charAt(begin);
    for (int i = begin + 1; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == quote) {
        return i + 1;
      }
    }
    return -1;
  }
}
