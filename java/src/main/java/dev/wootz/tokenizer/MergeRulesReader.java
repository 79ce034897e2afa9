package dev.wootz.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code model.merges}, in both of its forms, and looks its tokens up once the vocabulary is known. */
final class MergeRulesReader {
  private final Path file;
  private final List<String> parts = new ArrayList<>();
  private boolean pairs = true;

  MergeRulesReader(Path file) {
    this.file = file;
  }

  void read(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new FormatException(
          Reason.TOKENIZER_FIELD, file, "model.merges: found " + JsonFiles.kind(json) + ", expected an array");
    }
    for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
      if (next == JsonToken.VALUE_STRING) {
        spaced(json.getText());
      } else {
        pair(json);
      }
    }
  }

  /** {@code "a b"}: the form of files before 2024, in which no token can hold a space. */
  private void spaced(String text) {
    if (text.startsWith("#version")) {
      return;
    }
    int space = text.indexOf(' ');
    if (space <= 0 || space == text.length() - 1 || text.indexOf(' ', space + 1) >= 0) {
      throw invalid(parts.size() / 2, "found " + FormatException.quote(text) + ", expected two tokens with one space between them");
    }
    pairs = false;
    parts.add(text.substring(0, space));
    parts.add(text.substring(space + 1));
  }

  /** {@code ["a", "b"]}. */
  private void pair(JsonParser json) throws IOException {
    int rank = parts.size() / 2;
    boolean valid = json.currentToken() == JsonToken.START_ARRAY;
    for (int i = 0; valid && i < 2; i++) {
      valid = json.nextToken() == JsonToken.VALUE_STRING;
      if (valid) {
        parts.add(json.getText());
      }
    }
    if (!valid || json.nextToken() != JsonToken.END_ARRAY) {
      throw invalid(rank, "found " + JsonFiles.kind(json) + ", expected [\"a\", \"b\"] or \"a b\"");
    }
  }

  /** @param prefix {@code continuing_subword_prefix}: what a right part loses when it is joined to a left one */
  MergeRules rules(OrdinaryTokens ordinary, String prefix) {
    Map<String, Integer> byToken = new HashMap<>(ordinary.count() * 4 / 3 + 1);
    for (int i = 0; i < ordinary.count(); i++) {
      byToken.put(ordinary.tokens()[i], ordinary.ids()[i]);
    }
    int n = parts.size() / 2;
    MergeRules rules = new MergeRules(new int[n], new int[n], new int[n], pairs);
    for (int rank = 0; rank < n; rank++) {
      String left = parts.get(2 * rank);
      String right = parts.get(2 * rank + 1);
      rules.left()[rank] = lookUp(byToken, rank, left);
      rules.right()[rank] = lookUp(byToken, rank, right);
      rules.result()[rank] = lookUp(byToken, rank, left + (right.startsWith(prefix) ? right.substring(prefix.length()) : right));
    }
    return rules;
  }

  private int lookUp(Map<String, Integer> byToken, int rank, String token) {
    Integer id = byToken.get(token);
    if (id == null) {
      throw invalid(rank, FormatException.quote(token) + " is not in model.vocab");
    }
    return id;
  }

  private FormatException invalid(int rank, String problem) {
    return new FormatException(Reason.TOKENIZER_MERGE, file, "model.merges[" + rank + "]: " + problem);
  }
}
