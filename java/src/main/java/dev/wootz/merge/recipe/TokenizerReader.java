package dev.wootz.merge.recipe;

import dev.wootz.merge.recipe.TokenizerSpec.RowSource;
import dev.wootz.merge.recipe.TokenizerSpec.Source;
import dev.wootz.merge.recipe.TokenizerSpec.TokenRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code tokenizer_source} and {@code tokenizer}. */
final class TokenizerReader {
  private static final List<String> KEYS = List.of("source", "tokens", "pad_to_multiple_of");
  private static final List<String> TOKEN_KEYS = List.of("source", "force");
  private static final List<String> ROW_KEYS = List.of("kind", "model", "token", "token_id");
  private static final List<String> REFERENCE_KEYS = List.of("model", "lora", "override_architecture");
  private static final int MAX_PADDING = 1 << 20;

  private final Reading reading;
  private final ReferenceReader references;

  TokenizerReader(Reading reading) {
    this.reading = reading;
    this.references = new ReferenceReader(reading);
  }

  /** Both keys may be null; both given is an error. */
  @Nullable TokenizerSpec read(@Nullable YamlNode source, @Nullable YamlNode tokenizer) {
    if (source != null && tokenizer != null) {
      throw tokenizer.error("`tokenizer` and `tokenizer_source` exclude each other; write the source as `source` under `tokenizer`");
    }
    if (source != null) {
      return TokenizerSpec.of(source(source, "tokenizer_source"));
    }
    if (tokenizer == null) {
      return null;
    }
    Map<String, YamlNode> keys = reading.keys(tokenizer, "`tokenizer`", KEYS);
    YamlNode padding = keys.get("pad_to_multiple_of");
    YamlNode from = keys.get("source");
    return new TokenizerSpec(
        from == null ? new Source.Union() : source(from, "the source of `tokenizer`"),
        tokens(keys.get("tokens")),
        padding == null ? 1 : (int) YamlScalars.whole(padding, "pad_to_multiple_of", 1, MAX_PADDING));
  }

  private Source source(YamlNode node, String what) {
    if (node.isScalar()) {
      switch (node.text(what)) {
        case "union":
          return new Source.Union();
        case "base":
          return new Source.Base();
        default:
      }
    }
    return new Source.Model(references.read(node, what));
  }

  private Map<String, TokenRule> tokens(@Nullable YamlNode node) {
    Map<String, TokenRule> tokens = new LinkedHashMap<>();
    if (node != null) {
      for (YamlNode.Entry entry : node.entries("`tokens` of `tokenizer`")) {
        String what = "token \"" + YamlNode.shortened(entry.key()) + "\"";
        Map<String, YamlNode> keys = entry.value().isNull() ? Map.of() : reading.keys(entry.value(), what, TOKEN_KEYS);
        YamlNode source = keys.get("source");
        YamlNode force = keys.get("force");
        RowSource row = source == null ? null : row(source, "the source of " + what);
        tokens.put(entry.key(), new TokenRule(row, force != null && YamlScalars.flag(force, "force of " + what)));
      }
    }
    return tokens;
  }

  private RowSource row(YamlNode node, String what) {
    boolean hasKind = node.isMapping() && node.entries(what).stream().anyMatch(entry -> !REFERENCE_KEYS.contains(entry.key()));
    if (!hasKind) {
      return new RowSource.SameToken(references.read(node, what));
    }
    Map<String, YamlNode> keys = reading.keys(node, what, ROW_KEYS);
    YamlNode kind = Reading.required(keys, "kind", node, what);
    return switch (kind.text("the kind of " + what)) {
      case "zero" -> new RowSource.Zero();
      case "model_token" -> ofModel(keys, node, what);
      default -> throw kind.error("the kind of " + what + " must be model_token or zero, found " + kind);
    };
  }

  private RowSource ofModel(Map<String, YamlNode> keys, YamlNode node, String what) {
    ModelReference model = references.read(Reading.required(keys, "model", node, what), "the model of " + what);
    YamlNode token = keys.get("token");
    YamlNode id = keys.get("token_id");
    if ((token == null) == (id == null)) {
      throw node.error(what + " needs either `token` or `token_id`");
    }
    return token != null
        ? new RowSource.Token(model, token.text("the token of " + what))
        : new RowSource.TokenId(model, (int) YamlScalars.whole(id, "token_id of " + what, 0, Integer.MAX_VALUE));
  }
}
