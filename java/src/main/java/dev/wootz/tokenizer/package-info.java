/**
 * Tokenizers: what text is cut into, and which number each piece has.
 *
 * <pre>
 *  tokenizer.json -> TokenizerJson -> JsonTokenizer \
 *                                                    -> Tokenizer: Encoding, Decoder, Vocabulary
 *  .gguf keys ---------------------> GgufTokenizer  /
 *
 *  text -> AddedTokens -> Normalizer -> AddedTokens -> Splitter -> WordEncoder (WordCache, BytePairs) -> ids
 *  ids  -> Decoder -> text, at once or as a TextStream
 * </pre>
 *
 * {@link dev.wootz.tokenizer.Tokenizer} is what programs use; {@link dev.wootz.tokenizer.TokenizerJson} is the file, which merging changes
 * and writes again.
 */
@NullMarked
package dev.wootz.tokenizer;

import org.jspecify.annotations.NullMarked;
