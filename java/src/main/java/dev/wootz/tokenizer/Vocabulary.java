package dev.wootz.tokenizer;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a model by id: the name that the vocabulary writes ({@code Ġthe}), the bytes that it stands for in text ({@code " the"}),
 * and whether text is searched for it before all else (added) or it is for the program only (special). Immutable.
 */
final class Vocabulary {
  /** How names become bytes. */
  @FunctionalInterface
  interface Spelling {
    byte[] bytes(int id, String token);
  }

  /** Takes a token. */
  @FunctionalInterface
  interface TokenConsumer {
    void accept(int id, String token);
  }

  private final @Nullable String[] tokens;
  private final ToIntFunction<String> ids;
  private final BitSet ordinary;
  private final BitSet special = new BitSet();
  private final List<AddedToken> added;
  private final byte[] bytes;

  /** [tokens + 1], where the bytes of each begin. */
  private final int[] starts;

  /**
   * @param tokens by id; null where an id names no token
   * @param ids the id of a token, -1 where there is none
   * @param ordinary ids of the tokens that the model makes of text
   */
  Vocabulary(@Nullable String[] tokens, ToIntFunction<String> ids, BitSet ordinary, List<AddedToken> added, Spelling spelling) {
    this.tokens = tokens;
    this.ids = ids;
    this.ordinary = ordinary;
    this.added = added;
    for (AddedToken token : added) {
      if (token.special()) {
        special.set(token.id());
      }
    }
    this.starts = new int[tokens.length + 1];
    byte[] all = new byte[8 * tokens.length + 64];
    int n = 0;
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      if (token != null) {
        byte[] own = spelling.bytes(id, token);
        if (n + own.length > all.length) {
          all = Arrays.copyOf(all, Math.max(n + own.length, all.length + all.length / 2));
        }
        System.arraycopy(own, 0, all, n, own.length);
        n += own.length;
      }
      starts[id + 1] = n;
    }
    this.bytes = Arrays.copyOf(all, n);
  }

  /** One more than the largest id. */
  int size() {
    return tokens.length;
  }

  boolean has(int id) {
    return id >= 0 && id < tokens.length && tokens[id] != null;
  }

  @Nullable String token(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  OptionalInt id(String token) {
    int id = ids.applyAsInt(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  boolean isSpecial(int id) {
    return id >= 0 && special.get(id);
  }

  boolean isOrdinary(int id) {
    return id >= 0 && ordinary.get(id);
  }

  List<AddedToken> added() {
    return added;
  }

  /** A copy; empty for an id that names no token. */
  byte[] bytes(int id) {
    return has(id) ? Arrays.copyOfRange(bytes, starts[id], starts[id + 1]) : new byte[0];
  }

  void forEachOrdinary(TokenConsumer consumer) {
    for (int id = ordinary.nextSetBit(0); id >= 0; id = ordinary.nextSetBit(id + 1)) {
      String token = tokens[id];
      if (token != null) {
        consumer.accept(id, token);
      }
    }
  }
}
