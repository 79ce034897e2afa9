package dev.wootz.engine.grammar;

import dev.wootz.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.IntBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What a model that knows nothing writes: any allowed token, each as likely. */
final class RandomWalk {
  private RandomWalk() {}

  static int choose(Matcher matcher, TokenTrie trie, Random random) {
    IntBuffer mask = IntBuffer.allocate(trie.words());
    if (!matcher.fill(mask)) {
      throw new AssertionError("no token can follow");
    }
    int count = 0;
    for (int word : mask.array()) {
      count += Integer.bitCount(word);
    }
    int left = random.nextInt(count);
    for (int id = 0; ; id++) {
      if ((mask.get(id >> 5) >>> id & 1) != 0 && left-- == 0) {
        return id;
      }
    }
  }

  /** A complete text, or null when it is not complete after so many tokens. Ends with probability 1/4 where it may. */
  static @Nullable String text(Constraint constraint, TokenTrie trie, Tokenizer tokenizer, Random random, int most) {
    Matcher matcher = constraint.matcher(trie, tokenizer);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < most; i++) {
      if (matcher.finished() || (matcher.complete() && random.nextInt(4) == 0)) {
        return decoded(bytes);
      }
      int id = choose(matcher, trie, random);
      matcher.accept(id);
      if (matcher.finished() && tokenEnds(trie, id)) {
        return decoded(bytes);
      }
      bytes.writeBytes(tokenizer.bytes(id));
    }
    return null;
  }

  private static boolean tokenEnds(TokenTrie trie, int id) {
    for (int end : trie.ends()) {
      if (end == id) {
        return true;
      }
    }
    return false;
  }

  private static String decoded(ByteArrayOutputStream bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes.toByteArray())).toString();
    } catch (CharacterCodingException e) {
      throw new AssertionError("not UTF-8", e);
    }
  }
}
