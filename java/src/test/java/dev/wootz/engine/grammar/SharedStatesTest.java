package dev.wootz.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.tokenizer.Tokenizer;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What matchers share, and what is let go of. */
class SharedStatesTest {
  private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("examples/forgetting/base"));

  @Test
  void aVocabularyGoesThoughTheConstraintStays() throws InterruptedException {
    Constraint constraint = Constraint.regex("[a-z]+");
    WeakReference<TokenTrie> trie = used(constraint);
    for (int i = 0; i < 100 && trie.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(trie.get()).isNull();
    assertThat(constraint.grammar.expressions.epoch()).isZero();
  }

  private static WeakReference<TokenTrie> used(Constraint constraint) {
    TokenTrie trie = TokenTrie.of(TOKENIZER, TOKENIZER.size(), List.of(2));
    assertThat(constraint.matcher(trie, TOKENIZER).allowed()).isPositive();
    return new WeakReference<>(trie);
  }

  @Test
  void whatIsMadeAgainLeadsToWhatIsKnownNow() {
    Expressions in = new Expressions();
    in.keep();
    Expression before = in.literal("abc");
    Expression forgotten = before.next('a', in);
    for (int i = 0; in.epoch() == 0; i++) {
      in.literal("x" + i).row(in);
      in.forgetIfMany();
    }
    assertThat(in.again(before).next('a', in)).isSameAs(in.literal("bc")).isNotSameAs(forgotten);
  }

  @Test
  void anEndTokenIsNoTextWhereTheTextMayNotEnd() {
    int a = TOKENIZER.id("a").orElseThrow();
    Matcher matcher = Constraint.regex("ab").matcher(TokenTrie.of(TOKENIZER, TOKENIZER.size(), List.of(a)), TOKENIZER);
    assertThatThrownBy(() -> matcher.accept(a)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("token " + a);
    assertThat(matcher.complete()).isFalse();
  }
}
