package dev.wootz.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against java.util.regex: what the automaton takes, and what a walk through it makes. */
class RegexTest {
  private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("examples/forgetting/base"));
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER, TOKENIZER.size(), List.of(2));

  private static boolean takes(Constraint constraint, String text) {
    Matcher matcher = constraint.matcher(TRIE, TOKENIZER);
    return matcher.accept(text.getBytes(StandardCharsets.UTF_8)) && matcher.complete();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "a", "", "abc|abd|x", "(ab)*c", "a{2,4}b?", "[a-c]+[^a-c]", ".", ".*b.*", "(a|b)*a(a|b){3}", "\\d{1,3}(\\.\\d{1,3}){3}", "^ab$", "^a|b$", "(^a|b)c?$", "x?y?z?", "(a*)*b",
    "é+", "[α-ω]{2}", "\\w+@\\w+\\.(com|org)", "(?:ab|a)(?:bc|c)", "[\\]\\-x]+", "\\x41\\u0042", "(?i)Yes|no", "\\p{Lu}\\p{Ll}*", "[😀-😎]", "a+?b", "\\S+\\s\\S+", "[^\"\\\\]*", "a{0}b", "()|a", "(?i)[^a]", "(?i)[^b-y]+x", "(?i)[^\\w.]", "x?x?x?a?a?b"
  })
  void agreesWithJava(String regex) {
    Pattern pattern = Pattern.compile(regex);
    Constraint constraint = Constraint.regex(regex);
    Random random = new Random(regex.hashCode());
    String alphabet = "abcxyz.@019-]\"\\ éαω😀ABYesnoE\n";
    int[] letters = alphabet.codePoints().toArray();
    for (int i = 0; i < 2000; i++) {
      StringBuilder text = new StringBuilder();
      for (int k = random.nextInt(8); k > 0; k--) {
        text.appendCodePoint(letters[random.nextInt(letters.length)]);
      }
      assertThat(takes(constraint, text.toString())).as("'%s' of %s", text, regex).isEqualTo(pattern.matcher(text).matches());
    }
    for (int i = 0; i < 50; i++) {
      String made = RandomWalk.text(constraint, TRIE, TOKENIZER, random, 400);
      if (made != null) {
        assertThat(pattern.matcher(made).matches()).as("'%s' of %s", made, regex).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a", "a)", "[a", "a{2", "a{3,2}", "*a", "a**", "a\\", "(?=a)", "(?<!a)b", "\\bword", "(a)\\1", "a++", "[b-a]", "\\q", "[[:alpha:]]", "(?i:a)", "\\uD800", "a{1000000}", "\\p{Nope}"})
  void refusesWhatItCannotEnforce(String regex) {
    assertThatThrownBy(() -> Constraint.regex(regex)).isInstanceOf(ConstraintException.class).hasMessageContaining("index").hasMessageContaining("expected");
  }

  @Test
  void refusesWhatNoTextMatches() {
    assertThatThrownBy(() -> Constraint.regex("a^b")).isInstanceOf(ConstraintException.class).hasMessageContaining("a^b").hasMessageContaining("matches no text");
  }

  @Test
  void thousandsOfPartsThatMayBeMissing() {
    Constraint constraint = Constraint.regex("a?".repeat(20_000) + "b");
    assertThat(takes(constraint, "a".repeat(300) + "b")).isTrue();
    assertThat(takes(constraint, "a".repeat(20_001) + "b")).isFalse();
    assertThatThrownBy(() -> Constraint.regex("a?b?".repeat(40_000))).isInstanceOf(ConstraintException.class).hasMessageContaining("nests too deeply").hasMessageNotContainingAny("a?".repeat(100));
  }

  @Test
  void propertiesThatUsersNameAreNotKeptForEver() {
    for (int i = 0; i < RegexClasses.MOST_PROPERTIES + 3; i++) {
      // Scripts are known in any spelling.
      String spelling = Integer.toBinaryString(64 + i).substring(1).replace('0', 'a').replace('1', 'A');
      String name = "Is" + mixed("arabic", spelling);
      assertThat(takes(Constraint.regex("\\p{" + name + "}"), "\u0628")).as(name).isTrue();
    }
    assertThat(RegexClasses.PROPERTIES).hasSizeLessThanOrEqualTo(RegexClasses.MOST_PROPERTIES);
  }

  private static String mixed(String name, String cases) {
    StringBuilder mixed = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      mixed.append(cases.charAt(i) == 'A' ? Character.toUpperCase(name.charAt(i)) : name.charAt(i));
    }
    return mixed.toString();
  }

  @Test
  void masksSayTheSameAsTokens() {
    Random random = new Random(3);
    for (String regex : List.of("[a-z ]{3,20}\\.", "(the|a) (cat|dog)s?", ".{0,12}!", "(.|\\n)*END")) {
      Matcher matcher = Constraint.regex(regex).matcher(TRIE, TOKENIZER);
      for (int step = 0; step < 12 && !matcher.finished(); step++) {
        for (int id = 0; id < TOKENIZER.size(); id++) {
          Matcher other = matcher.fork();
          boolean byBytes = TOKENIZER.bytes(id).length > 0 && !TOKENIZER.isSpecial(id) && other.accept(TOKENIZER.bytes(id));
          assertThat(matcher.allows(id)).as("token %d at step %d of %s", id, step, regex).isEqualTo(id == 2 ? matcher.complete() : byBytes);
        }
        matcher.accept(RandomWalk.choose(matcher, TRIE, random));
        if (matcher.allowed() == 0) {
          break;
        }
      }
    }
  }
}
