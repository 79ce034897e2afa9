package dev.wootz.chat.jinja;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Templates made to hang or to exhaust memory end with an error, in the heap that the tests have. */
class HostileTemplateTest {
  /** A hundredth of the usual work, so that the test is quick; the default differs in nothing else. */
  private static final Limits LIMITS = new Limits(Limits.DEFAULT.work() / 100, Limits.DEFAULT.depth(), Limits.DEFAULT.characters());

  static Stream<String> templates() {
    String grow = "{%% set ns = namespace(x=%s) %%}{%% for i in range(60) %%}{%% set ns.x = %s %%}{%% endfor %%}";
    return Stream.of(
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 10 ** 100000 }}",
        "{{ range(1000000) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n - 1) }}{{ m(n - 1) }}{% endmacro %}{{ m(50) }}",
        "{{ " + "[".repeat(1000) + "]".repeat(1000) + " }}",
        "{{ " + "1+".repeat(5000) + "1 }}",
        "{{ a" + ".b".repeat(5000) + " }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        String.format(grow, "[1]", "[ns.x, ns.x, ns.x]") + "{{ ns.x }}",
        String.format(grow, "[1]", "[ns.x, ns.x, ns.x]") + "{{ ns.x|tojson }}",
        String.format(grow, "(1,)", "(ns.x, ns.x, ns.x)") + "{{ {ns.x: 1} }}",
        String.format(grow, "[1]", "[ns.x, ns.x]") + "{{ ns.x == ns.x[:] }}{{ [ns.x] == [[ns.x[0], ns.x[1]]] }}{{ ns.x|string|length }}",
        String.format(grow, "'a'", "ns.x ~ ns.x"),
        "{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{{ s|length }}{% endfor %}",
        "{% set s = 'a' * 1000000 %}{{ (s[:500000] ~ 'b') in s }}",
        "{% set s = 'a' * 1000000 %}{{ s.replace('a', s) }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ 'a\\nb'|indent(1000000000) }}",
        "{{ [1]|batch(1000000000, 'x')|list }}",
        "{{ [[1]]|tojson(indent=1000000000) }}",
        "{{ '%999999d' % 1 * 100 }}",
        "{% for i in range(100000) %}{{ 1e-308 }}{% endfor %}",
        "{{ strftime_now('%c' * 100000) }}");
  }

  @ParameterizedTest
  @MethodSource("templates")
  void ends(String template) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> Template.parse(template, "hostile").with(LIMITS).render(Map.of()))
                .isInstanceOf(TemplateException.class));
  }
}
