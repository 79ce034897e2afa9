package dev.wootz.model.convert;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Embedding, layers by number, then what comes after them: the order in which a model reads its tensors. */
enum TensorOrder implements Comparator<String> {
  INSTANCE;

  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,6})\\..*");

  private static int layer(String name) {
    Matcher matcher = BLOCK.matcher(name);
    if (matcher.matches()) {
      return Integer.parseInt(matcher.group(1));
    }
    return name.startsWith("output") ? Integer.MAX_VALUE : -1;
  }

  @Override
  public int compare(String a, String b) {
    int byLayer = Integer.compare(layer(a), layer(b));
    return byLayer != 0 ? byLayer : a.compareTo(b);
  }
}
