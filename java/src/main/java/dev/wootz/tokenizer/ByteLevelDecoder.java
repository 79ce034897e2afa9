package dev.wootz.tokenizer;

import java.util.Arrays;

/** For byte-level vocabularies: the bytes of all tokens one after the other, as UTF-8. */
final class ByteLevelDecoder implements Decoder {
  @Override
  public State begin() {
    return new State() {
      private byte[] pending = new byte[64];
      private int n;

      @Override
      public void token(int id, String token, StringBuilder out) {
        byte[] bytes = ByteAlphabet.bytes(token);
        if (n + bytes.length > pending.length) {
          pending = Arrays.copyOf(pending, 2 * (n + bytes.length));
        }
        System.arraycopy(bytes, 0, pending, n, bytes.length);
        n += bytes.length;
        int complete = Utf8.complete(pending, 0, n);
        out.append(Utf8.decode(pending, 0, complete));
        System.arraycopy(pending, complete, pending, 0, n - complete);
        n -= complete;
      }

      @Override
      public void end(StringBuilder out) {
        out.append(Utf8.decode(pending, 0, n));
        n = 0;
      }
    };
  }

  @Override
  public State beginWithin() {
    return begin();
  }

  @Override
  public byte[] bytes(int id, String token) {
    return ByteAlphabet.bytes(token);
  }
}
