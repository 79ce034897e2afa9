package dev.wootz.tokenizer;

/**
 * What a {@link Tokenizer} is made of, wherever it was read from.
 *
 * @param surround what goes around a text when special tokens are asked for
 */
record TokenizerParts(Vocabulary vocabulary, Encoding encoding, Decoder decoder, Surround surround, NamedTokens named) {}
