package dev.wootz.chat.jinja;

import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A parsed template, which any number of threads can render at once. */
public final class Template {
  private final Source source;
  private final Block body;
  private final Limits limits;
  private final Clock clock;

  private Template(Source source, Block body, Limits limits, Clock clock) {
    this.source = source;
    this.body = body;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Parses a template. Throws {@link TemplateException}.
   *
   * @param name to call it by in messages, such as its file
   */
  public static Template parse(String text, String name) {
    Source source = Source.of(name, text);
    try {
      Block body = new StatementParser(new TokenStream(source, Lexer.tokens(source))).template();
      return new Template(source, body, Limits.DEFAULT, Clock.systemDefaultZone());
    } catch (StackOverflowError e) {
      throw source.error(0, "the template nests too deep", null, e);
    }
  }

  /** The same template with other limits. */
  public Template with(Limits other) {
    return new Template(source, body, other, clock);
  }

  /** The same template with another clock for {@code strftime_now}. */
  public Template with(Clock other) {
    return new Template(source, body, limits, other);
  }

  /**
   * Renders. Throws {@link TemplateException}.
   *
   * @param variables texts, numbers, booleans, lists, maps, JSON nodes, null (Python's None)
   */
  public Rendering render(Map<String, ? extends @Nullable Object> variables) {
    Run run = new Run(source, limits, clock);
    Scope scope = Scope.of(run);
    variables.forEach((name, value) -> scope.set(name, Values.of(value)));
    try {
      body.execute(scope.inner());
      return run.rendering();
    } catch (StackOverflowError e) {
      throw source.error(0, "the template, or a value in it, nests too deep", null, e);
    }
  }
}
