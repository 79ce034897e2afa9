package dev.wootz.merge.plan;

import dev.wootz.merge.MergeException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the tensors of a model's layers are called: {@code prefix + number + "." + suffix}, for example {@code model.layers.} and
 * {@code self_attn.q_proj.weight}.
 *
 * @param prefix empty for a model without layers
 */
record LayerStack(String prefix, int layers) {
  private static final Pattern NAME = Pattern.compile("((?:.*\\.)?layers\\.)(0|[1-9][0-9]{0,5})\\.(.+)");

  /** A tensor's place. */
  record Place(int layer, String suffix) {}

  /**
   * The stack with the most layers among a model's tensors. Throws {@link MergeException} when one of its layers is missing.
   *
   * @param model how messages begin: {@code model A}
   */
  static LayerStack of(Iterable<String> names, String model) {
    Map<String, BitSet> stacks = new TreeMap<>();
    for (String name : names) {
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches()) {
        stacks.computeIfAbsent(matcher.group(1), prefix -> new BitSet()).set(Integer.parseInt(matcher.group(2)));
      }
    }
    LayerStack largest = new LayerStack("", 0);
    for (Map.Entry<String, BitSet> stack : stacks.entrySet()) {
      if (stack.getValue().cardinality() > largest.layers()) {
        largest = new LayerStack(stack.getKey(), stack.getValue().cardinality());
      }
    }
    if (largest.layers() > 0) {
      int missing = stacks.get(largest.prefix()).nextClearBit(0);
      if (missing < largest.layers()) {
        throw new MergeException(model + " has no tensors " + largest.prefix() + missing + ".*, but some of later layers");
      }
    }
    return largest;
  }

  Optional<Place> place(String name) {
    if (layers == 0 || !name.startsWith(prefix)) {
      return Optional.empty();
    }
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches() || !matcher.group(1).equals(prefix)) {
      return Optional.empty();
    }
    return Optional.of(new Place(Integer.parseInt(matcher.group(2)), matcher.group(3)));
  }

  String name(int layer, String suffix) {
    return prefix + layer + "." + suffix;
  }

  /** The names without a layer. */
  List<String> outside(Iterable<String> names) {
    List<String> outside = new ArrayList<>();
    for (String name : names) {
      if (place(name).isEmpty()) {
        outside.add(name);
      }
    }
    return outside;
  }
}
