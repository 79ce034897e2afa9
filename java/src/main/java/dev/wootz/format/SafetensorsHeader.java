package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked:
 *
 * <pre>
 *   8 bytes   N, unsigned, little-endian
 *   N bytes   JSON, UTF-8: {"name": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [begin, end]}, ...,
 *                           "__metadata__": {"key": "text", ...}}, padded with spaces
 *   data      begin and end count from its first byte; tensors cover it without overlaps and holes
 * </pre>
 *
 * <p>Everything that the reference implementation refuses is refused, and three things that it reads: a name, field or metadata key that
 * appears twice, {@code "__metadata__": null}, and extents from 2^63 on beside a zero.
 *
 * @param metadata the free-form strings of {@code __metadata__}, in file order
 * @param entries the tensors in the order of their data
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> entries) {
  static final int LENGTH_BYTES = 8;

  /** The reference implementation reads no longer header. */
  static final int MAX_HEADER_BYTES = 100_000_000;

  /** A tensor; {@code begin} and {@code end} count from the first byte of the data. */
  record Entry(String name, DType dtype, Shape shape, long begin, long end) {}

  /**
   * The header's length N.
   *
   * @param prefix the start of the file: {@link OtherFormats#PREFIX_BYTES} bytes, or all there are
   * @param fileBytes the file's size
   */
  static int length(Path file, byte[] prefix, long fileBytes) {
    OtherFormats.refuse(file, prefix);
    if (prefix.length < LENGTH_BYTES) {
      throw new FormatException(
          Reason.FILE_TOO_SHORT, file, "found a file of " + fileBytes + " bytes, expected at least the 8 bytes of the header's length");
    }
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > MAX_HEADER_BYTES) {
      throw new FormatException(
          Reason.HEADER_TOO_LARGE,
          file,
          "found a header length of " + Long.toUnsignedString(length) + " bytes, expected at most " + MAX_HEADER_BYTES);
    }
    if (length > fileBytes - LENGTH_BYTES) {
      throw new FormatException(
          Reason.HEADER_BEYOND_FILE,
          file,
          "found a header length of " + length + " bytes in a file of " + fileBytes + ", expected at most " + (fileBytes - LENGTH_BYTES));
    }
    if (length == 0 || prefix.length > LENGTH_BYTES && prefix[LENGTH_BYTES] != '{') {
      String found = length == 0 ? "an empty header" : String.format("a header that starts with byte 0x%02x", prefix[LENGTH_BYTES]);
      throw new FormatException(Reason.HEADER_START, file, "found " + found + ", expected an opening brace");
    }
    return (int) length;
  }

  /**
   * Parses and checks a header.
   *
   * @param json the N bytes after the length
   * @param dataBytes the bytes of the file after the header
   */
  static SafetensorsHeader parse(Path file, byte[] json, long dataBytes) {
    HeaderParser parser = new HeaderParser(file, json);
    parser.parse();
    List<Entry> entries = new ArrayList<>(parser.entries());
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    requireCover(file, entries, dataBytes);
    return new SafetensorsHeader(parser.metadata(), List.copyOf(entries));
  }

  /** Every byte of the data belongs to exactly one tensor. */
  private static void requireCover(Path file, List<Entry> entries, long dataBytes) {
    long covered = 0;
    String previous = null;
    for (Entry entry : entries) {
      if (entry.end() > dataBytes) {
        throw new FormatException(
            Reason.TRUNCATED,
            file,
            entry.name(),
            "found data_offsets " + range(entry) + " in a file with " + dataBytes + " bytes of data: an unfinished download or copy?");
      }
      if (entry.begin() < covered) {
        throw new FormatException(
            Reason.OVERLAP,
            file,
            entry.name(),
            "found data_offsets " + range(entry) + ", which overlap tensor " + quote(previous) + ", expected them to begin at " + covered);
      }
      if (entry.begin() > covered) {
        throw new FormatException(
            Reason.HOLE,
            file,
            entry.name(),
            "found data_offsets "
                + range(entry)
                + " after "
                + (previous == null ? "the header" : "tensor " + quote(previous))
                + ", expected them to begin at "
                + covered
                + ": the bytes between belong to no tensor");
      }
      covered = entry.end();
      previous = entry.name();
    }
    if (covered != dataBytes) {
      throw new FormatException(
          Reason.TRAILING_BYTES,
          file,
          "found " + dataBytes + " bytes of data, expected " + covered + ": the last " + (dataBytes - covered) + " belong to no tensor");
    }
  }

  private static String range(Entry entry) {
    return "[" + entry.begin() + ", " + entry.end() + "]";
  }
}
