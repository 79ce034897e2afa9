package dev.wootz.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The JSON files of a Hugging Face folder: config.json, tokenizer_config.json, indexes.
 *
 * <p>Read strictly, but for {@code NaN} and {@code Infinity}, which Python writes and some configurations hold. Written as Python's {@code
 * json.dumps(indent=2)} does: a configuration that was only read and written again stays the same, byte for byte.
 */
public final class JsonFiles {
  /** Far above the largest tokenizer.json; a bound on what a wrong file can make us hold. */
  private static final long MAX_BYTES = 256L << 20;

  /** How a Git LFS pointer starts. */
  private static final String GIT_LFS = "version https://git-lfs";

  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength((int) MAX_BYTES).maxNameLength((int) MAX_BYTES).build())
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** For a parser that goes on after the subtree. */
  private static final ObjectReader SUBTREES = JSON.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonFiles() {}

  /** Reads a file that holds one JSON object. Throws {@link FormatException}. */
  public static ObjectNode read(Path file) {
    return parse(file, bytes(file));
  }

  /** Reads a file that holds one JSON array, such as modules.json of sentence-transformers. Throws {@link FormatException}. */
  public static ArrayNode readArray(Path file) {
    try {
      JsonNode root = JSON.readTree(text(file, bytes(file)));
      if (root instanceof ArrayNode array) {
        return array;
      }
      throw new FormatException(Reason.JSON_INVALID, file, "found " + kind(root) + ", expected a JSON array");
    } catch (IOException e) {
      throw invalid(file, e);
    }
  }

  /**
   * Reads a file that holds one JSON object token by token, for files whose tree would be large. The parser that {@code consumer} gets is
   * at the opening brace, is to be left at the closing one, and gives subtrees with {@link JsonParser#readValueAsTree}.
   */
  public static <T> T stream(Path file, StreamConsumer<T> consumer) {
    Reader text = text(file, bytes(file));
    try (JsonParser json = JSON.createParser(text)) {
      json.setCodec(SUBTREES);
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new FormatException(Reason.JSON_INVALID, file, "found " + kind(json) + ", expected a JSON object");
      }
      T result = consumer.read(json);
      if (json.nextToken() != null) {
        throw new FormatException(Reason.JSON_INVALID, file, "found more JSON after the object, expected the end of the file");
      }
      return result;
    } catch (IOException e) {
      throw invalid(file, e);
    }
  }

  /** What {@link #stream} hands the parser to. */
  @FunctionalInterface
  public interface StreamConsumer<T> {
    T read(JsonParser json) throws IOException;
  }

  private static byte[] bytes(Path file) {
    byte[] bytes;
    try (PositionalFile open = PositionalFile.read(file)) {
      long size = open.size();
      if (size > MAX_BYTES) {
        throw new FormatException(Reason.JSON_INVALID, file, "found " + size + " bytes of JSON, expected at most " + MAX_BYTES);
      }
      bytes = new byte[(int) size];
      open.read(0, ByteBuffer.wrap(bytes), null);
    }
    return bytes;
  }

  /** Parses the content of {@code file}, which must be one JSON object. */
  static ObjectNode parse(Path file, byte[] content) {
    try {
      JsonNode root = JSON.readTree(text(file, content));
      if (root instanceof ObjectNode object) {
        return object;
      }
      throw new FormatException(Reason.JSON_INVALID, file, "found " + kind(root) + ", expected a JSON object");
    } catch (IOException e) {
      throw invalid(file, e);
    }
  }

  /** The characters of a file whose bytes have been checked; decoded as they are read, since a copy would double the memory. */
  private static Reader text(Path file, byte[] content) {
    int malformed = StrictUtf8.firstMalformedByte(content);
    if (malformed >= 0) {
      throw new FormatException(Reason.JSON_INVALID, file, "found JSON that is not UTF-8 at byte " + malformed + ", expected UTF-8");
    }
    if (new String(content, 0, Math.min(content.length, GIT_LFS.length()), StandardCharsets.ISO_8859_1).equals(GIT_LFS)) {
      throw new FormatException(
          Reason.GIT_LFS_POINTER, file, "found a Git LFS pointer, expected the file that it stands for: run 'git lfs pull' in its folder");
    }
    return new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.UTF_8);
  }

  private static FormatException invalid(Path file, IOException cause) {
    if (!(cause instanceof JsonProcessingException e)) {
      throw new IllegalStateException("reading from memory failed", cause);
    }
    Reason reason = e instanceof MismatchedInputException && isDuplicate(e) ? Reason.DUPLICATE_KEY : Reason.JSON_INVALID;
    JsonLocation at = e.getLocation();
    String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    String problem = FormatException.printable(e.getOriginalMessage());
    return new FormatException(reason, file, null, "found invalid JSON" + where + ": " + problem, e);
  }

  private static boolean isDuplicate(JsonProcessingException e) {
    return e.getOriginalMessage().startsWith("Duplicate field");
  }

  /** What a node is, for messages. */
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "the string " + FormatException.quote(node.textValue());
      case NUMBER -> "the number " + brief(node.asText());
      case BOOLEAN, NULL -> node.asText();
      default -> "nothing";
    };
  }

  /** What a parser is at, for messages. */
  public static String kind(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    if (token == null) {
      return "nothing";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case END_ARRAY -> "the end of the array";
      case VALUE_STRING -> "the string " + FormatException.quote(json.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + brief(json.getText());
      default -> json.getText();
    };
  }

  /** A number's first digits: a file can have a thousand. */
  static String brief(String digits) {
    return digits.length() <= 40 ? digits : digits.substring(0, 40) + "...";
  }

  /** Writes {@code content} beside {@code file} and then gives it that name, so that no half of it is ever seen. */
  public static void write(Path file, ObjectNode content) {
    AtomicFiles.write(file, PythonJson.bytes(content));
  }
}
