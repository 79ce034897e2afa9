package dev.wootz.format;

import dev.wootz.format.FormatException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Recognises by its first bytes what people have in place of a safetensors file, and says what to do about it. */
final class OtherFormats {
  /** Enough for every first line below, white space and a byte order mark included. */
  static final int PREFIX_BYTES = 512;

  private OtherFormats() {}

  /** Throws {@link FormatException} when {@code prefix}, the start of {@code file}, is the start of something well known. */
  static void refuse(Path file, byte[] prefix) {
    String text = new String(prefix, StandardCharsets.ISO_8859_1);
    String trimmed = text.stripLeading().toLowerCase(Locale.ROOT);
    if (text.startsWith("version https://git-lfs")) {
      throw new FormatException(
          Reason.GIT_LFS_POINTER,
          file,
          "found a Git LFS pointer, expected the safetensors file that it stands for: run 'git lfs pull' in its folder");
    }
    if (trimmed.startsWith("<!doctype html") || trimmed.startsWith("<html")) {
      throw new FormatException(
          Reason.HTML_PAGE, file, "found an HTML page, expected a safetensors file: the download was answered with a web page");
    }
    if (text.startsWith("GGUF")) {
      throw new FormatException(Reason.OTHER_FORMAT, file, "found a GGUF file, expected a safetensors file: 'wootz convert' makes a folder of it");
    }
    // A safetensors header of exactly these lengths would be possible, but then a brace follows.
    boolean brace = prefix.length > 8 && prefix[8] == '{';
    if (!brace && (text.startsWith("PK\u0003\u0004") || text.startsWith("\u0080\u0002"))) {
      throw new FormatException(
          Reason.OTHER_FORMAT,
          file,
          "found a PyTorch file (a pickle, which can run code when loaded), expected a safetensors file: convert it with PyTorch and"
              + " safetensors.torch.save_file");
    }
  }
}
