package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines that are answered together. */
class JsonLinesTest {
  private static ObjectNode square(int n) {
    if (n == 3) {
      throw new IllegalArgumentException("found 3");
    }
    return Json.object().put("square", n * n);
  }

  @Test
  void oneLineThatCannotBeAnsweredLeavesTheOthers() {
    String lines = "{\"n\": 1}\n{\"n\": 2}\n\n{\"n\": 3}\nnonsense\n{\"n\": 5}\n{\"n\": 6}\n";
    List<Integer> batches = new ArrayList<>();
    StringWriter out = new StringWriter();
    boolean clean =
        JsonLines.answerTogether(
            new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out),
            2,
            node -> node.get("n").intValue(),
            values -> {
              batches.add(values.size());
              return values.stream().map(JsonLinesTest::square).toList();
            });
    assertThat(clean).isFalse();
    assertThat(batches).startsWith(2).allMatch(size -> size >= 1 && size <= 2);
    List<String> replies = out.toString().lines().toList();
    assertThat(replies).hasSize(6);
    assertThat(replies.get(0)).isEqualTo("{\"square\":1}");
    assertThat(replies.get(1)).isEqualTo("{\"square\":4}");
    assertThat(replies.get(2)).contains("error").contains("line 4").contains("found 3");
    assertThat(replies.get(3)).contains("error").contains("line 5");
    assertThat(replies.get(4)).isEqualTo("{\"square\":25}");
    assertThat(replies.get(5)).isEqualTo("{\"square\":36}");
  }
}
