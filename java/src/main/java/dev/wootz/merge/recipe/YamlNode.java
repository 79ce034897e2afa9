package dev.wootz.merge.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A node of a recipe's YAML with its place in the text. Scalars stay text: what a recipe expects decides how they are read, since
 * mergekit's YAML 1.1 and YAML 1.2 disagree about numbers and flags.
 */
final class YamlNode {
  /** Where merge keys are expanded, entries copied at most: aliases of aliases grow exponentially. */
  private static final int MAX_MERGED_ENTRIES = 10_000;

  private static final Set<Tag> CORE_TAGS = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.SEQ, Tag.MAP);

  private static final int SHOWN_CHARACTERS = 40;

  /** A key of a mapping and what it stands for. */
  record Entry(String key, Position position, YamlNode value) {}

  private final String source;
  private final Node node;

  YamlNode(String source, Node node) {
    this.source = source;
    this.node = node;
  }

  Position position() {
    return position(node);
  }

  RecipeException error(String message) {
    return new RecipeException(source, position(), message);
  }

  boolean isMapping() {
    return node instanceof MappingNode;
  }

  boolean isSequence() {
    return node instanceof SequenceNode;
  }

  boolean isScalar() {
    return node instanceof ScalarNode;
  }

  boolean isNull() {
    return node instanceof ScalarNode scalar && scalar.isPlain() && isNull(scalar.getValue());
  }

  private static boolean isNull(String text) {
    return text.isEmpty() || text.equals("~") || text.equals("null") || text.equals("Null") || text.equals("NULL");
  }

  /** The text of a scalar that is not null. */
  String text(String what) {
    checkTag();
    if (!(node instanceof ScalarNode scalar)) {
      throw error(what + " must be one value, found " + this);
    }
    if (isNull()) {
      throw error(what + " has no value");
    }
    return scalar.getValue();
  }

  List<YamlNode> items(String what) {
    checkTag();
    if (!(node instanceof SequenceNode sequence)) {
      throw error(what + " must be a list, found " + this);
    }
    return sequence.getValue().stream().map(item -> new YamlNode(source, item)).toList();
  }

  /** Keys in the order of the text, entries of merge keys ({@code <<}) after the mapping's own. */
  List<Entry> entries(String what) {
    checkTag();
    if (!(node instanceof MappingNode mapping)) {
      throw error(what + " must be a mapping of keys to values, found " + this);
    }
    Map<String, Entry> entries = new HashMap<>();
    List<Entry> ordered = new ArrayList<>();
    for (Entry entry : own(mapping, what)) {
      if (!entry.key().equals("<<")) {
        entries.put(entry.key(), entry);
        ordered.add(entry);
      }
    }
    int[] budget = {MAX_MERGED_ENTRIES};
    merge(mapping, what, entries, ordered, Collections.newSetFromMap(new IdentityHashMap<>()), budget);
    return ordered;
  }

  private List<Entry> own(MappingNode mapping, String what) {
    List<Entry> own = new ArrayList<>();
    Map<String, Position> seen = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Position position = position(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new RecipeException(source, position, "a key of " + what + " must be a word");
      }
      Position first = seen.putIfAbsent(key.getValue(), position);
      if (first != null) {
        throw new RecipeException(
            source,
            position,
            "the key `" + shortened(key.getValue()) + "` of " + what + " is there twice (first at line " + first.line() + ")");
      }
      own.add(new Entry(key.getValue(), position, new YamlNode(source, tuple.getValueNode())));
    }
    return own;
  }

  private void merge(
      MappingNode mapping, String what, Map<String, Entry> entries, List<Entry> ordered, Set<Node> open, int[] budget) {
    if (!open.add(mapping)) {
      throw new RecipeException(source, position(mapping), "a merge key (<<) of " + what + " leads back to itself");
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key && key.isPlain() && key.getValue().equals("<<")) {
        List<Node> merged = tuple.getValueNode() instanceof SequenceNode list ? list.getValue() : List.of(tuple.getValueNode());
        for (Node each : merged) {
          if (!(each instanceof MappingNode from)) {
            throw new RecipeException(source, position(each), "a merge key (<<) of " + what + " must name a mapping");
          }
          for (Entry entry : own(from, what)) {
            if (--budget[0] < 0) {
              throw new RecipeException(source, position(each), "the merge keys (<<) of " + what + " bring too many entries");
            }
            if (!entry.key().equals("<<") && entries.putIfAbsent(entry.key(), entry) == null) {
              ordered.add(entry);
            }
          }
          merge(from, what, entries, ordered, open, budget);
        }
      }
    }
    open.remove(mapping);
  }

  private void checkTag() {
    if (!CORE_TAGS.contains(node.getTag())) {
      throw error("the tag " + shortened(node.getTag().getValue()) + " has no meaning in a recipe");
    }
  }

  private static Position position(Node node) {
    return node.getStartMark().map(YamlNode::position).orElse(Position.NONE);
  }

  static Position position(Mark mark) {
    return new Position(mark.getLine() + 1, mark.getColumn() + 1);
  }

  /** Text that messages can quote: one line of at most a few dozen characters. */
  static String shortened(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints().limit(SHOWN_CHARACTERS).map(c -> Character.isISOControl(c) ? ' ' : c).forEach(line::appendCodePoint);
    return text.codePointCount(0, text.length()) > SHOWN_CHARACTERS ? line + "..." : line.toString();
  }

  /** For messages: {@code "text"}, {@code a list}, {@code a mapping}. */
  @Override
  public String toString() {
    if (node instanceof ScalarNode scalar) {
      return isNull() ? "nothing" : "\"" + shortened(scalar.getValue()) + "\"";
    }
    return isMapping() ? "a mapping" : "a list";
  }
}
