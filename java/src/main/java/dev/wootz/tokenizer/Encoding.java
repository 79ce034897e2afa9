package dev.wootz.tokenizer;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way from text to ids: added tokens are taken out, the rest is normalized, searched for added tokens that are written in normalized
 * text, cut into pieces, and each piece encoded. Safe for any number of threads; each takes its own {@link WordEncoder} from a pool.
 */
final class Encoding {
  private final @Nullable AddedTokens raw;
  private final @Nullable AddedTokens normalized;
  private final Normalizer normalizer;
  private final Splitter first;
  private final Splitter later;
  private final Supplier<WordEncoder> encoders;
  private final ConcurrentLinkedQueue<WordEncoder> idle = new ConcurrentLinkedQueue<>();

  /**
   * @param raw tokens to look for in the text as given
   * @param normalized tokens to look for in normalized text
   * @param first cuts what comes before the first added token
   * @param later cuts what comes after one
   */
  Encoding(
      @Nullable AddedTokens raw,
      @Nullable AddedTokens normalized,
      Normalizer normalizer,
      Splitter first,
      Splitter later,
      Supplier<WordEncoder> encoders) {
    this.raw = raw;
    this.normalized = normalized;
    this.normalizer = normalizer;
    this.first = first;
    this.later = later;
    this.encoders = encoders;
  }

  /**
   * Appends the ids of a text.
   *
   * @param text well-formed UTF-8
   * @param parseAdded whether to look for added tokens
   */
  void encode(byte[] text, boolean parseAdded, Ids out) {
    WordEncoder pooled = idle.poll();
    WordEncoder encoder = pooled == null ? encoders.get() : pooled;
    encoder.begin(out);
    new Pass(encoder, parseAdded, out).all(text);
    encoder.end();
    idle.offer(encoder);
  }

  /** One text. */
  private final class Pass {
    private final WordEncoder encoder;
    private final boolean parseAdded;
    private final Ids out;
    private boolean atStart = true;

    Pass(WordEncoder encoder, boolean parseAdded, Ids out) {
      this.encoder = encoder;
      this.parseAdded = parseAdded;
      this.out = out;
    }

    void all(byte[] text) {
      search(raw, text, 0, text.length, this::normalize);
    }

    private void normalize(byte[] text, int from, int to) {
      Span span = normalizer.apply(new Span(text, from, to));
      search(normalized, span.bytes(), span.from(), span.to(), this::words);
    }

    private void words(byte[] text, int from, int to) {
      (atStart ? first : later).split(text, from, to, encoder);
      atStart = false;
    }

    private void search(@Nullable AddedTokens tokens, byte[] text, int from, int to, Splitter.Pieces rest) {
      if (tokens != null && parseAdded) {
        tokens.split(
            text,
            from,
            to,
            new AddedTokens.Sink() {
              @Override
              public void text(byte[] bytes, int start, int end) {
                rest.accept(bytes, start, end);
              }

              @Override
              public void token(int id) {
                out.add(id);
                atStart = false;
              }
            });
      } else if (from < to) {
        rest.accept(text, from, to);
      }
    }
  }
}
