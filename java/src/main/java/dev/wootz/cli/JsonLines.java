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
import java.util.function.Function;

/**
 * {@code --jsonl}: one JSON object on a line in, one on a line out, each answered before the next is read. UTF-8 in, ASCII with escapes
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
   * Answers every line. What {@code answer} throws becomes {@code {"error": "line 3: ..."}}.
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
      problem = e instanceof IllegalArgumentException ? e.getMessage() : Failures.message(e);
    }
    return Json.object().put("error", "line " + number + ": " + problem);
  }
}
