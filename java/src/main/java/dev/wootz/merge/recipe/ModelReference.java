package dev.wootz.merge.recipe;

import org.jspecify.annotations.Nullable;

/**
 * What a recipe calls a model: a folder, and perhaps an adapter that is merged into it. Two references are the same model when they are
 * equal.
 *
 * @param architecture {@code override_architecture}: what to take the model's architecture for
 */
public record ModelReference(Part model, @Nullable Part lora, @Nullable String architecture) {

  /** A folder, and a revision, which only hubs have. */
  public record Part(String path, @Nullable String revision) {
    static Part parse(String text) {
      int at = text.indexOf('@');
      if (at < 0) {
        return new Part(text.strip(), null);
      }
      String revision = text.substring(at + 1);
      if (revision.indexOf('@') >= 0) {
        throw new IllegalArgumentException(
            "more than one @ in \"" + text + "\"; a path that contains @ is written as model: {model: {path: ...}}");
      }
      if (revision.isBlank()) {
        throw new IllegalArgumentException("nothing after the @ of \"" + text + "\"");
      }
      return new Part(text.substring(0, at).strip(), revision.strip());
    }

    @Override
    public String toString() {
      return revision == null ? path : path + "@" + revision;
    }
  }

  /**
   * Reads {@code path[@revision][+lora[@revision]]}. Throws {@link IllegalArgumentException} that says what is wrong.
   */
  public static ModelReference parse(String text) {
    int plus = text.indexOf('+');
    Part model = Part.parse(plus < 0 ? text : text.substring(0, plus));
    Part lora = plus < 0 ? null : Part.parse(text.substring(plus + 1));
    if (lora != null && lora.path().indexOf('+') >= 0) {
      throw new IllegalArgumentException(
          "more than one + in \"" + text + "\"; a path that contains + is written as model: {model: {path: ...}, lora: {path: ...}}");
    }
    if (model.path().isEmpty() || (lora != null && lora.path().isEmpty())) {
      throw new IllegalArgumentException("a model's path is empty in \"" + text + "\"");
    }
    return new ModelReference(model, lora, null);
  }

  /** As it is written in a recipe. */
  @Override
  public String toString() {
    return lora == null ? model.toString() : model + "+" + lora;
  }
}
