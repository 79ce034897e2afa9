package dev.wootz.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the header of a safetensors file: the same tensors and metadata give the same bytes. */
final class HeaderWriter {
  /** Data starts at a multiple of this, so that tensors whose sizes are multiples of it can be used in place from a mapped file. */
  static final int ALIGNMENT = 8;

  private HeaderWriter() {}

  /**
   * The length and the JSON, padded with spaces to a multiple of {@link #ALIGNMENT} bytes; the data of the tensors follows in the given
   * order without gaps. Metadata is written sorted by key.
   *
   * <p>Throws {@link IllegalArgumentException} for names that UTF-8 cannot write and headers above 100 MB.
   */
  static byte[] header(List<TensorSpec> tensors, Map<String, String> metadata) {
    byte[] json = json(tensors, metadata);
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (padded > SafetensorsHeader.MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "a header of " + padded + " bytes for " + tensors.size() + " tensors, expected at most " + SafetensorsHeader.MAX_HEADER_BYTES);
    }
    ByteBuffer header = ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(padded).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.array();
  }

  private static byte[] json(List<TensorSpec> tensors, Map<String, String> metadata) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(requireEncodable(entry.getKey()), requireEncodable(entry.getValue()));
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (TensorSpec tensor : tensors) {
        json.writeObjectFieldStart(requireEncodable(tensor.name()));
        json.writeStringField("dtype", tensor.dtype().safetensorsName());
        json.writeFieldName("shape");
        long[] extents = tensor.shape().toArray();
        json.writeArray(extents, 0, extents.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {begin, begin + tensor.bytes()}, 0, 2);
        json.writeEndObject();
        begin += tensor.bytes();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  private static String requireEncodable(String text) {
    if (!StrictUtf8.isEncodable(text)) {
      throw new IllegalArgumentException(
          "half of a surrogate pair in " + FormatException.quote(text) + ", expected text that UTF-8 can write");
    }
    return text;
  }
}
