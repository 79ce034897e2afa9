package dev.wootz.merge.recipe;

import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Turns text into YAML nodes, within limits that no honest recipe reaches. */
final class YamlText {
  static final int MAX_CHARACTERS = 1 << 20;
  static final int MAX_DEPTH = 32;
  static final int MAX_ALIASES = 200;

  private YamlText() {}

  /**
   * The only document of a text.
   *
   * @param source what to call the text in messages
   */
  static YamlNode parse(String text, String source) {
    if (text.length() > MAX_CHARACTERS) {
      throw new RecipeException(source, Position.NONE, "a recipe has at most " + MAX_CHARACTERS + " characters, found " + text.length());
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setAllowNonScalarKeys(true)
            .setCodePointLimit(MAX_CHARACTERS)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .build();
    try {
      checkNesting(text, source, settings);
      Optional<Node> root = new Compose(settings).composeString(text);
      YamlNode node = root.map(found -> new YamlNode(source, found)).orElse(null);
      if (node == null || node.isNull()) {
        throw new RecipeException(source, Position.NONE, "the recipe is empty");
      }
      return node;
    } catch (MarkedYamlEngineException e) {
      Position position = e.getProblemMark().map((Mark mark) -> YamlNode.position(mark)).orElse(Position.NONE);
      String context = e.getContext() == null || e.getContext().isBlank() ? "" : " (" + e.getContext() + ")";
      throw new RecipeException(source, position, "not YAML: " + e.getProblem() + context);
    } catch (ReaderException e) {
      throw new RecipeException(
          source, place(text, e.getPosition()), "not YAML: the character U+" + String.format("%04X", e.getCodePoint()) + " is not allowed");
    } catch (YamlEngineException e) {
      throw new RecipeException(source, Position.NONE, "not YAML: " + e.getMessage());
    }
  }

  /** Before nodes are built, since that recurses: depth, and the number of documents. */
  private static void checkNesting(String text, String source, LoadSettings settings) {
    int depth = 0;
    int documents = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      Position position = event.getStartMark().map((Mark mark) -> YamlNode.position(mark)).orElse(Position.NONE);
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        throw new RecipeException(source, position, "lists and mappings are nested deeper than " + MAX_DEPTH);
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      } else if (event instanceof DocumentStartEvent && ++documents > 1) {
        throw new RecipeException(
            source,
            position,
            "a recipe is one YAML document, here a second one starts; write each merge into a file of its own and run them in order");
      }
    }
  }

  private static Position place(String text, int index) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < Math.min(index, text.length()); i++) {
      column = text.charAt(i) == '\n' ? 1 : column + 1;
      line += text.charAt(i) == '\n' ? 1 : 0;
    }
    return new Position(line, column);
  }
}
