package dev.wootz.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code --jsonl}: one JSON object on a line in, one on a line out, in the same order. UTF-8 in, ASCII with escapes
 * out, so that no setting of the terminal can spoil it.
 */
final class JsonLines {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    MAPPER.getFactory().setStreamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build());
  }

  private JsonLines() {}

  /** Answers a line. */
  @FunctionalInterface
  interface Answer {
    /** @param number of the line, from 1 */
    ObjectNode to(JsonNode line, int number);
  }

  /** As {@link #answerNumbered}, for answers that do not depend on the line's number. */
  static boolean answer(InputStream in, PrintWriter out, Function<JsonNode, ObjectNode> answer) {
    return answerNumbered(in, out, (line, number) -> answer.apply(line));
  }

  /**
   * Answers every line before the next is read. What {@code answer} throws becomes {@code {"error": "line 3: ..."}}.
   *
   * @return whether there was no error
   */
  static boolean answerNumbered(InputStream in, PrintWriter out, Answer answer) {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    boolean clean = true;
    int number = 0;
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          ObjectNode reply = reply(line, number, answer);
          clean &= !reply.has("error");
          out.println(MAPPER.writeValueAsString(reply));
          out.flush();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return clean;
  }

  /**
   * Answers lines many at a time: those that have arrived, up to {@code most}. A line that cannot be read, or answered, has an error of its
   * own; the lines beside it are answered all the same, and all in their order.
   *
   * @param read understands one line
   * @param answer answers what was read, one for one
   * @return whether there was no error
   */
  static <T> boolean answerTogether(
      InputStream in, PrintWriter out, int most, Function<JsonNode, T> read, Function<List<T>, List<ObjectNode>> answer) {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    boolean clean = true;
    int number = 0;
    try {
      List<Asked<T>> asked = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          asked.add(new Asked<>(number, line, read));
        }
        // Another program may wait for these answers before it writes more.
        if (asked.size() == most || !lines.ready()) {
          clean &= answerAsked(asked, out, answer);
          asked.clear();
        }
      }
      clean &= answerAsked(asked, out, answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return clean;
  }

  /** A line of those that are answered together. */
  private static final class Asked<T> {
    private final int number;
    private @Nullable T value;
    private @Nullable ObjectNode reply;

    Asked(int number, String line, Function<JsonNode, T> read) {
      this.number = number;
      ObjectNode error =
          reply(
              line,
              number,
              (node, n) -> {
                value = read.apply(node);
                return Json.object();
              });
      reply = value == null ? error : null;
    }

    /** By itself. */
    void answer(Function<List<T>, List<ObjectNode>> answer) {
      try {
        reply = answer.apply(List.of(value)).get(0);
      } catch (RuntimeException e) {
        reply = error(number, problem(e));
      }
    }
  }

  private static <T> boolean answerAsked(List<Asked<T>> asked, PrintWriter out, Function<List<T>, List<ObjectNode>> answer)
      throws JsonProcessingException {
    List<Asked<T>> open = asked.stream().filter(one -> one.reply == null).toList();
    try {
      List<ObjectNode> replies = open.isEmpty() ? List.of() : answer.apply(open.stream().map(one -> one.value).toList());
      for (int i = 0; i < open.size(); i++) {
        open.get(i).reply = replies.get(i);
      }
    } catch (RuntimeException e) {
      // One of them is to blame.
      open.forEach(one -> one.answer(answer));
    }
    boolean clean = true;
    for (Asked<T> one : asked) {
      clean &= !one.reply.has("error");
      out.println(MAPPER.writeValueAsString(one.reply));
    }
    out.flush();
    return clean;
  }

  private static ObjectNode reply(String line, int number, Answer answer) {
    String problem;
    try {
      JsonNode node = MAPPER.readTree(line);
      if (node.isObject()) {
        return answer.to(node, number);
      }
      problem = "expected a JSON object";
    } catch (JsonProcessingException e) {
      problem = "invalid JSON: " + e.getOriginalMessage();
    } catch (RuntimeException e) {
      problem = problem(e);
    }
    return error(number, problem);
  }

  private static String problem(RuntimeException e) {
    return e instanceof IllegalArgumentException ? e.getMessage() : Failures.message(e);
  }

  private static ObjectNode error(int line, String problem) {
    return Json.object().put("error", "line " + line + ": " + problem);
  }
}
