package dev.wootz.tokenizer;

import java.util.Random;

/** Seeded texts full of what tokenizers trip over. */
final class RandomTexts {
  private static final String[] ATOMS = {
    "a", "the", " the", "  ", "   ", "\n", "\r\n", "\n\n", "\t", "'s", "'S", "'\u017f", "'ll", "'RE", "'", "''", "1", "12345", "\u0663",
    "\u00bd", "\u2167", "\u00e9", "e\u0301", "\u0301", "\u0323\u0301", "\u4f60\u597d", "\u3002", "\u30ab\u3099", "\ud55c",
    "\u1112\u1161\u11ab", "\u0915\u094d", "\ud83d\ude00", "\u200d", "\u00a0", "\u3000", "\u0085", "\u0000", "_", "->", "(){}", " .",
    "...", "$$", "\ud835\udd38", "=\u0338", "\u212b", "\u08d3\u0301"
  };

  private RandomTexts() {}

  static String of(Random random) {
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(12); n > 0; n--) {
      int kind = random.nextInt(10);
      if (kind < 7) {
        text.append(ATOMS[random.nextInt(ATOMS.length)]);
      } else if (kind < 9) {
        text.append(ATOMS[random.nextInt(ATOMS.length)].repeat(1 + random.nextInt(5)));
      } else {
        int c = random.nextInt(Character.MAX_CODE_POINT + 1);
        text.appendCodePoint(Character.isDefined(c) && Character.getType(c) != Character.SURROGATE ? c : ' ');
      }
    }
    return text.toString();
  }
}
