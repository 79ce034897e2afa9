package dev.wootz.engine.grammar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads schemas and lists of tools: strictly, since of two keys alike one would not be enforced, and with numbers as exact as they are written. */
public final class SchemaJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private SchemaJson() {}

  /** Throws {@link ConstraintException} with line and column of what is no JSON, or of a key that stands twice in one object. */
  public static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw wrong("JSON schema", e);
    }
  }

  /** As {@link #read(String)}; throws {@link UncheckedIOException} for a file that cannot be read. */
  public static JsonNode read(Path file) {
    try {
      return MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw wrong(file.toString(), e);
    } catch (FileNotFoundException e) {
      throw new UncheckedIOException(new NoSuchFileException(file.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ConstraintException wrong(String what, JsonProcessingException e) {
    // What nests too deeply has no location.
    String where = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
    return new ConstraintException(what + where + ": found what is no JSON or not unambiguous, expected JSON: " + e.getOriginalMessage());
  }
}
