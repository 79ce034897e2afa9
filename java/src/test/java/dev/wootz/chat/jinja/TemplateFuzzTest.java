package dev.wootz.chat.jinja;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Whatever the text, a template is rendered or refused with a {@link TemplateException} at a place that exists.
 *
 * <p>As a unit test this runs the seeds of {@code TemplateFuzzTestInputs}. To fuzz, from {@code java/}:
 *
 * <pre>  JAZZER_FUZZ=1 mvn test -Dtest=TemplateFuzzTest -Djazzer.hooks=true</pre>
 *
 * What it finds is written beside the seeds and fails the unit test from then on.
 */
class TemplateFuzzTest {
  private static final Limits LIMITS = new Limits(100_000, 300, 100_000);
  private static final Map<String, Object> VARIABLES =
      Map.of(
          "messages", List.of(Map.of("role", "user", "content", "Hello"), Map.of("role", "assistant", "content", "<think>a</think>b")),
          "tools", List.of(Map.of("function", Map.of("name", "f", "parameters", Map.of()))),
          "n", 7,
          "x", 2.5,
          "add_generation_prompt", true);

  @FuzzTest(maxDuration = "2m")
  void text(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    try {
      Rendering rendering = Template.parse(text, "fuzzed").with(LIMITS).render(VARIABLES);
      for (Span span : rendering.generated()) {
        boolean inside = span.begin() >= 0 && span.begin() <= span.end() && span.end() <= rendering.text().length();
        require(inside, "a span beyond the text: " + span);
      }
    } catch (TemplateException e) {
      require(e.line() >= 1 && e.column() >= 1, "no place: " + e.getMessage());
      require(e.line() <= 1 + text.chars().filter(c -> c == '\n' || c == '\r').count(), "a line beyond the text: " + e.getMessage());
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
