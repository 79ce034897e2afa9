package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A token that is found in the text as it stands, before the model sees the rest: an entry of {@code added_tokens} in tokenizer.json.
 *
 * @param singleWord only where no letter, digit or underscore touches it
 * @param lstrip takes the white space before it along
 * @param rstrip takes the white space after it along
 * @param normalized looked for in the normalized text; otherwise in the text as given
 * @param special has a meaning to the program rather than to the reader, and can be left out when decoding
 */
public record AddedToken(int id, String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {

  /** What an ordinary token of one vocabulary becomes when another takes it in. */
  public static AddedToken ordinary(int id, String content) {
    return new AddedToken(id, content, false, false, false, true, false);
  }

  public AddedToken withId(int newId) {
    return new AddedToken(newId, content, singleWord, lstrip, rstrip, normalized, special);
  }

  /** As an entry of {@code added_tokens}. */
  public ObjectNode toJson() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", id);
    node.setAll(properties());
    return node;
  }

  /** As a value of {@code added_tokens_decoder} in tokenizer_config.json, whose key is the id. */
  public ObjectNode properties() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("content", content)
        .put("single_word", singleWord)
        .put("lstrip", lstrip)
        .put("rstrip", rstrip)
        .put("normalized", normalized)
        .put("special", special);
  }
}
