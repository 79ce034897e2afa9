package dev.wootz.format;

import static dev.wootz.format.FormatException.printable;
import static dev.wootz.format.FormatException.quote;
import static dev.wootz.format.JsonFiles.brief;
import static dev.wootz.format.JsonFiles.kind;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.SafetensorsHeader.Entry;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of a safetensors header token by token: strict, without building a tree. One use. */
final class HeaderParser {
  /** In the format's list of types, not in {@link DType}: sub-byte floats, scale exponents, complex numbers. */
  private static final Set<String> UNSUPPORTED =
      Set.of("F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64", "C128");

  private static final String METADATA = "__metadata__";

  // Names are not pooled: a file decides on them, and each occurs once.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(SafetensorsHeader.MAX_HEADER_BYTES)
                  .maxNameLength(SafetensorsHeader.MAX_HEADER_BYTES)
                  .build())
          .build();

  private final Path file;
  private final byte[] json;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private @Nullable Map<String, String> metadata;

  HeaderParser(Path file, byte[] json) {
    this.file = file;
    this.json = json;
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  Map<String, String> metadata() {
    return metadata == null ? Map.of() : Collections.unmodifiableMap(metadata);
  }

  void parse() {
    int malformed = StrictUtf8.firstMalformedByte(json);
    if (malformed >= 0) {
      throw new FormatException(
          Reason.HEADER_NOT_UTF8, file, "found a header that is not UTF-8 at its byte " + malformed + ", expected UTF-8");
    }
    // Through a reader, because the parser would guess UTF-16 from zeros among raw bytes.
    try (InputStreamReader text = new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8);
        JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new FormatException(Reason.HEADER_START, file, "found a header that is not a JSON object, expected an opening brace");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = text(parser, null);
        parser.nextToken();
        if (name.equals(METADATA)) {
          metadata(parser);
        } else {
          entry(parser, name);
        }
      }
      if (parser.nextToken() != null) {
        throw notJson("something follows the JSON object, expected spaces only", parser, null);
      }
    } catch (JsonProcessingException e) {
      String at = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
      throw new FormatException(
          Reason.HEADER_NOT_JSON, file, null, "found a header that is not JSON" + at + ": " + printable(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory failed", e);
    }
  }

  private void metadata(JsonParser parser) throws IOException {
    if (metadata != null) {
      throw new FormatException(Reason.DUPLICATE_KEY, file, "found __metadata__ twice in the header, expected it at most once");
    }
    metadata = new LinkedHashMap<>();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new FormatException(
          Reason.METADATA_NOT_STRINGS, file, "found " + kind(parser) + " as __metadata__, expected an object of strings");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = text(parser, null);
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw new FormatException(
            Reason.METADATA_NOT_STRINGS, file, "found " + kind(parser) + " as __metadata__ " + quote(key) + ", expected a string");
      }
      if (metadata.put(key, text(parser, null)) != null) {
        throw new FormatException(Reason.DUPLICATE_KEY, file, "found __metadata__ " + quote(key) + " twice, expected it once");
      }
    }
  }

  private void entry(JsonParser parser, String name) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw wrong(Reason.ENTRY_NOT_OBJECT, name, "found " + kind(parser) + ", expected an object with dtype, shape and data_offsets");
    }
    DType dtype = null;
    long[] shape = null;
    long[] offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> {
          requireFirst(name, field, dtype);
          dtype = dtype(parser, name);
        }
        case "shape" -> {
          requireFirst(name, field, shape);
          shape = integers(parser, name, field, Reason.NEGATIVE_EXTENT, Reason.SHAPE_OVERFLOW);
        }
        case "data_offsets" -> {
          requireFirst(name, field, offsets);
          offsets = integers(parser, name, field, Reason.NEGATIVE_OFFSET, Reason.OFFSET_OVERFLOW);
        }
        default ->
            throw wrong(Reason.FIELD_UNKNOWN, name, "found the field " + quote(field) + ", expected dtype, shape and data_offsets only");
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw wrong(Reason.FIELD_MISSING, name, "found no " + missing + ", expected dtype, shape and data_offsets");
    }
    if (entries.put(name, entry(name, dtype, shape, offsets)) != null) {
      throw wrong(Reason.DUPLICATE_KEY, name, "found twice in the header, expected once");
    }
  }

  private Entry entry(String name, DType dtype, long[] extents, long[] offsets) {
    if (offsets.length != 2) {
      throw wrong(Reason.FIELD_TYPE, name, "found " + offsets.length + " numbers in data_offsets, expected [begin, end]");
    }
    if (offsets[0] > offsets[1]) {
      throw wrong(Reason.OFFSETS_REVERSED, name, "found data_offsets " + Arrays.toString(offsets) + ", expected begin <= end");
    }
    Shape shape;
    long bytes;
    try {
      shape = Shape.of(extents);
      bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    } catch (IllegalArgumentException | ArithmeticException e) {
      String found = "found shape " + text(extents) + " of " + dtype.safetensorsName() + ", expected a size below 2^63 bytes";
      throw new FormatException(Reason.SHAPE_OVERFLOW, file, name, found, e);
    }
    if (offsets[1] - offsets[0] != bytes) {
      throw wrong(
          Reason.SIZE_MISMATCH,
          name,
          "found data_offsets "
              + Arrays.toString(offsets)
              + ", which are "
              + (offsets[1] - offsets[0])
              + " bytes, expected "
              + bytes
              + " for shape "
              + text(extents)
              + " of "
              + dtype.safetensorsName());
    }
    return new Entry(name, dtype, shape, offsets[0], offsets[1]);
  }

  private DType dtype(JsonParser parser, String tensor) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong(Reason.FIELD_TYPE, tensor, "found " + kind(parser) + " as dtype, expected a string");
    }
    String name = parser.getText();
    if (UNSUPPORTED.contains(name)) {
      throw wrong(Reason.UNSUPPORTED_DTYPE, tensor, "found dtype " + name + ", which is not supported; expected " + known());
    }
    return DType.bySafetensorsName(name)
        .orElseThrow(() -> wrong(Reason.UNKNOWN_DTYPE, tensor, "found dtype " + quote(name) + ", expected " + known()));
  }

  private static String known() {
    return "one of " + String.join(", ", DType.safetensorsTypes().stream().map(DType::safetensorsName).toList());
  }

  /** An array of non-negative integers below 2^63. */
  private long[] integers(JsonParser parser, String tensor, String field, Reason negative, Reason overflow) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw wrong(Reason.FIELD_TYPE, tensor, "found " + kind(parser) + " as " + field + ", expected an array of integers");
    }
    long[] values = new long[4];
    int n = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw wrong(Reason.FIELD_TYPE, tensor, "found " + kind(parser) + " in " + field + ", expected integers only");
      }
      String digits = parser.getText();
      if (digits.startsWith("-")) {
        throw wrong(negative, tensor, "found " + brief(digits) + " in " + field + ", expected no number below 0");
      }
      if (n == values.length) {
        values = Arrays.copyOf(values, 2 * n);
      }
      try {
        values[n++] = Long.parseLong(digits);
      } catch (NumberFormatException e) {
        String found = "found " + brief(digits) + " in " + field + ", expected a number below 2^63";
        throw new FormatException(overflow, file, tensor, found, e);
      }
    }
    return Arrays.copyOf(values, n);
  }

  /** A name or string. JSON can escape half of a surrogate pair, which no UTF-8 writes and the reference refuses. */
  private String text(JsonParser parser, @Nullable String tensor) throws IOException {
    String text = parser.getText();
    if (!StrictUtf8.isEncodable(text)) {
      throw notJson("half of a surrogate pair in the string " + quote(text), parser, tensor);
    }
    return text;
  }

  private void requireFirst(String tensor, String field, @Nullable Object value) {
    if (value != null) {
      throw wrong(Reason.DUPLICATE_KEY, tensor, "found the field " + field + " twice, expected it once");
    }
  }

  private FormatException notJson(String problem, JsonParser parser, @Nullable String tensor) {
    int column = parser.currentLocation().getColumnNr();
    return new FormatException(
        Reason.HEADER_NOT_JSON,
        file,
        tensor,
        "found a header that is not JSON at line " + parser.currentLocation().getLineNr() + ", column " + column + ": " + problem);
  }

  private FormatException wrong(Reason reason, String tensor, String problem) {
    return new FormatException(reason, file, tensor, problem);
  }

  private static String text(long[] extents) {
    return extents.length <= 16 ? Arrays.toString(extents) : "of rank " + extents.length;
  }
}
