package dev.wootz.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  private static final Map<String, Object> VARIABLES = new LinkedHashMap<>();

  static {
    VARIABLES.put("word", "Ärger😀");
    VARIABLES.put("message", Map.of("role", "user", "content", "hi"));
    VARIABLES.put("list", List.of(3, 1, 2));
    VARIABLES.put("nothing", null);
  }

  private static String render(String template) {
    return Template.parse(template, "test.jinja").render(VARIABLES).text();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "`a\n  {% if true %}\nb\n  {% endif %}\nc` ~ `a\nb\nc`",
        "`a\n  {%+ if true +%}\nb{% endif %}` ~ `a\n  \nb`",
        "`a  {%- if true -%}  b  {%- endif -%}  c` ~ `abc`",
        "`a {# gone #}\nb` ~ `a b`",
        "`  {{ 1 }}\n` ~ `  1`",
        "`{% raw %}{{ x }}{% endraw %}` ~ `{{ x }}`",
        "`x {% for i in [1, 2] %}\n{{ i }}\n{% endfor %}` ~ `x 1\n2\n`",
      })
  void whiteSpace(String template, String expected) {
    assertThat(render(template)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "word|length ~ 6",
        "word[::-1] ~ 😀regrÄ",
        "word[-1] ~ 😀",
        "1e-7 ~ 1e-07",
        "1e16 ~ 1e+16",
        "7 // -2 ~ -4",
        "7 % -3 ~ -2",
        "2 ** 100 ~ 1267650600228229401496703205376",
        "10 / 2 ~ 5.0",
        "[1, 'a', none, 1.0, true, (1,)] ~ `[1, 'a', None, 1.0, True, (1,)]`",
        "{'a': \"it's\"} ~ `{'a': \"it's\"}`",
        "1 < 2 < 3 ~ True",
        "-2|abs ~ 2",
        "{'a': [1.0, none, 'é</']}|tojson ~ `{\"a\": [1.0, null, \"é</\"]}`",
        "[1]|tojson(indent=2) ~ `[\n  1\n]`",
        "undefined_name ~ ``",
        "(undefined_name or 'x') ~ x",
        "'%s has %d' % ('it', 3) ~ it has 3",
        "'{:>4}|{x}'.format(1, x=2) ~ `   1|2`",
        "message.items()|list|length ~ 2",
        "list|sort|join(', ') ~ `1, 2, 3`",
        "[{'a': 1}, {'b': 2}]|selectattr('a', 'defined')|map(attribute='a')|list ~ [1]",
        "'<b>'|safe + '&' ~ <b>&amp;",
      })
  void expressions(String expression, String expected) {
    assertThat(render("{{ " + expression + " }}")).isEqualTo(expected);
  }

  @Test
  void scopes() {
    assertThat(render("{% set x = 1 %}{% for i in list %}{% set x = i %}{% endfor %}{{ x }}")).isEqualTo("1");
    assertThat(render("{% set ns = namespace(x=1) %}{% for i in list %}{% set ns.x = i %}{% endfor %}{{ ns.x }}")).isEqualTo("2");
    assertThat(render("{% macro m(a, b='B') %}{{ a }}{{ b }}{{ later }}{% endmacro %}{% set later = '!' %}{{ m(1) }}{{ m(b=2, a=3) }}"))
        .isEqualTo("1B!32!");
    assertThat(render("{% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(x) m() %}{{ x + 1 }}{% endcall %}")).isEqualTo("<2>");
  }

  @Test
  void loops() {
    assertThat(render("{% for i in list %}{{ loop.index }}{{ loop.previtem }}{{ loop.nextitem }}{{ ',' if not loop.last }}{% endfor %}"))
        .isEqualTo("11,232,31");
    assertThat(render("{% for i in list if i > 1 %}{{ loop.length }}{{ i }}{% else %}none{% endfor %}")).isEqualTo("2322");
    assertThat(render("{% for i in list if i > 5 %}{{ i }}{% else %}none{% endfor %}")).isEqualTo("none");
    assertThat(render("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}"))
        .isEqualTo("023");
    assertThat(render("{% for k, v in message|dictsort %}{{ k }}={{ v }};{% endfor %}")).isEqualTo("content=hi;role=user;");
  }

  @Test
  void generationBlocksAreMarked() {
    String template = "{{ word }}{% for i in list %}[{% generation %}{{ word }}{{ i }}{% endgeneration %}]{% endfor %}";
    Rendering rendering = Template.parse(template, "test").render(VARIABLES);
    assertThat(rendering.generated().stream().map(span -> rendering.text().substring(span.begin(), span.end())))
        .containsExactly("Ärger😀3", "Ärger😀1", "Ärger😀2");
    assertThatThrownBy(() -> Template.parse("{% macro m() %}{% generation %}{% endgeneration %}{% endmacro %}", "test"))
        .hasMessageContaining("test:1:19: a generation block in a macro");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "`a\nb{{ nothing.x.y }}` ~ 2 ~ 15 ~ nothing.x",
        "`{% if message.text.strip() %}{% endif %}` ~ 1 ~ 20 ~ message.text",
        "`{{ 'x' in nothing }}` ~ 1 ~ 8 ~ `'x', nothing`",
        "`{{ nope() }}` ~ 1 ~ 8 ~ nope",
        "`{% for a in nothing %}{% endfor %}` ~ 1 ~ 4 ~ ",
        "`{{ message | tojson(5, 6, 7, 8, 9) }}` ~ 1 ~ 14 ~ message",
        "`\n\n  {{ raise_exception('no good') }}` ~ 3 ~ 21 ~ raise_exception",
      })
  void errorsNameThePlaceAndTheVariable(String template, int line, int column, String variable) {
    TemplateException error = catchThrowableOfType(TemplateException.class, () -> render(template));
    assertThat(error).hasMessageStartingWith("test.jinja:" + line + ":" + column + ": ");
    assertThat(error.variable()).isEqualTo(variable);
    assertThat(List.of(error.line(), error.column(), error.template())).isEqualTo(List.of(line, column, "test.jinja"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{", "{{ 1", "{% if %}", "{% if x %}", "{% endif %}", "{% for x %}", "{{ 1 +}}", "{{ (1 }}", "{# open", "{% raw %}", "{{ 'open }}",
        "{{ x|nofilter }}", "{{ x is notest }}", "{% break %}", "{% block b %}{% endblock %}", "{% include 'x' %}", "{% set none = 1 %}",
        "{% for x in y recursive %}{% endfor %}", "{{ f(a=1, a=2) }}", "{{ ; }}", "{% macro m(a=1, b) %}{% endmacro %}", "{{ '\\u12' }}"
      })
  void malformedTemplatesAreRefused(String template) {
    assertThatThrownBy(() -> Template.parse(template, "test")).isInstanceOf(TemplateException.class).hasMessageStartingWith("test:1:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.__class__ }}{{ list.append }}", "{{ message.__class__.__mro__ }}", "{{ list.append(1) }}", "{{ message.pop('role') }}",
        "{{ message.getClass() }}", "{{ word.chars() }}", "{{ range.__globals__ }}"
      })
  void nothingBeyondTheValuesIsReached(String template) {
    if (template.endsWith("append }}")) {
      assertThat(render(template)).isEmpty();
    } else if (template.contains("__globals__")) {
      assertThat(render(template)).isEmpty();
    } else {
      assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
    }
  }

  @Test
  void onlyPlainValuesAreTaken() {
    Template template = Template.parse("{{ x }}", "test");
    assertThatThrownBy(() -> template.render(Map.of("x", Thread.currentThread()))).isInstanceOf(IllegalArgumentException.class);
    assertThat(template.render(Map.of("x", Arrays.asList(1, 2.5f, null, true, "s"))).text()).isEqualTo("[1, 2.5, None, True, 's']");
  }

  @Test
  void tellsTheDate() {
    Template template = Template.parse("{{ strftime_now('%d %b %Y, %A %-d.%-m.%y %H:%M %j %%') }}", "test");
    Clock clock = Clock.fixed(Instant.parse("2026-03-04T05:06:07Z"), ZoneOffset.UTC);
    assertThat(template.with(clock).render(Map.of()).text()).isEqualTo("04 Mar 2026, Wednesday 4.3.26 05:06 063 %");
  }
}
