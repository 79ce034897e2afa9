package dev.wootz.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.BitSet;

/**
 * Writes {@code unicode-16.bin}, the resource of {@link UnicodeTable}, from the tables of the JDK that runs it, which must know Unicode 16
 * exactly (JDK 24 or 25):
 *
 * <pre>  java src/test/java/dev/wootz/tokenizer/UnicodeTableWriter.java src/main/resources/dev/wootz/tokenizer/unicode-16.bin</pre>
 *
 * The content: pairs of a run length (base 128, low digits first, high bit set on all but the last) and the byte of that many code points.
 */
final class UnicodeTableWriter {
  private static final int CODE_POINTS = Character.MAX_CODE_POINT + 1;
  private static final int SPACE = 1 << 5;
  private static final int NFC_ACTIVE = 1 << 6;
  private static final int NFC_YOUNG = 1 << 7;

  /**
   * Characters that take part in normalization since a version after Unicode 9, which is the one of Hugging Face's normalizers: they have a
   * combining class, a decomposition, or a part in one. Found by asking those normalizers about each character.
   */
  private static final String YOUNG =
      "7FD 897-89F 8CA-8D3 9FE C3C D3B-D3C EBA 1715 1ABF-1ACE 1DF6-1DFA 32FF A7F2-A7F4 A82C AB69 105C9 105D2 105DA 105E4 10781-10785 "
          + "10787-107B0 107B2-107BA 10D24-10D27 10D69-10D6D 10EAB-10EAC 10EFD-10EFF 10F46-10F50 10F82-10F85 11070 1133B 11382-11385 1138B "
          + "1138E 11390-11391 113B8 113BB 113C2 113C5 113C7-113C9 113CE-113D0 1145E 11839-1183A 11930 11935 11938 1193D-1193E 11943 119E0 "
          + "11A34 11A47 11A99 11D42 11D44-11D45 11D97 11F41-11F42 1611E-16129 1612F 16D63 16D67-16D6A 16FF0-16FF1 1CCD6-1CCF9 1E030-1E06D "
          + "1E08F 1E130-1E136 1E2AE 1E2EC-1E2EF 1E4EC-1E4EF 1E5EE-1E5EF 1F16C 1FBF0-1FBF9";

  private UnicodeTableWriter() {}

  public static void main(String[] arguments) throws IOException {
    // Garay digits are new in 16; U+088F is new in 17.
    if (!Character.isDefined(0x10D40) || Character.isDefined(0x088F)) {
      throw new IllegalStateException("Java " + Runtime.version() + " does not have Unicode 16");
    }
    BitSet young = new BitSet();
    for (String range : YOUNG.split(" ")) {
      String[] ends = range.split("-");
      young.set(Integer.parseInt(ends[0], 16), Integer.parseInt(ends[ends.length - 1], 16) + 1);
    }
    BitSet second = secondsOfCompositions();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int run = 0;
    int before = -1;
    for (int c = 0; c < CODE_POINTS; c++) {
      int type = Character.getType(c);
      int value = type;
      value |= Character.isSpaceChar(c) || c >= 9 && c <= 13 || c == 0x85 ? SPACE : 0;
      if (young.get(c) || type == Character.UNASSIGNED) {
        value |= NFC_YOUNG;
      } else if (type != Character.SURROGATE && (second.get(c) || reorders(c) || !nfc(text(c)).equals(text(c)))) {
        value |= NFC_ACTIVE;
      }
      if (value != before && run > 0) {
        write(out, run, before);
        run = 0;
      }
      before = value;
      run++;
    }
    write(out, run, before);
    Files.write(Path.of(arguments[0]), out.toByteArray());
  }

  private static BitSet secondsOfCompositions() {
    BitSet second = new BitSet();
    for (int c = 0; c < CODE_POINTS; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        String parts = Normalizer.normalize(text(c), Form.NFD);
        if (parts.codePointCount(0, parts.length()) > 1 && nfc(parts).equals(text(c))) {
          second.set(parts.codePointBefore(parts.length()));
        }
      }
    }
    return second;
  }

  /** Whether the combining class is not 0, seen by the change of places with a mark of class 1 after it or of class 230 before it. */
  private static boolean reorders(int c) {
    String lowAfter = "\u0644" + text(c) + "\u0334";
    String highBefore = "\u0644\u0301" + text(c);
    return !nfc(lowAfter).equals(lowAfter) || !nfc(highBefore).equals(highBefore) || c == 0x0301;
  }

  private static String nfc(String text) {
    return Normalizer.normalize(text, Form.NFC);
  }

  private static String text(int codePoint) {
    return Character.toString(codePoint);
  }

  private static void write(ByteArrayOutputStream out, int run, int value) {
    int rest = run;
    while (rest >= 128) {
      out.write(rest & 127 | 128);
      rest >>>= 7;
    }
    out.write(rest);
    out.write(value);
  }
}
