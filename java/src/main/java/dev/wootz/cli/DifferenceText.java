package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.format.inspect.TensorDifference.Kind;
import dev.wootz.kernel.Kernels.Distance;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Two checkpoints compared, as a table of what differs or as JSON of everything. */
final class DifferenceText {
  private final Checkpoint first;
  private final Checkpoint second;
  private final List<TensorDifference> all;

  DifferenceText(Checkpoint first, Checkpoint second, List<TensorDifference> all) {
    this.first = first;
    this.second = second;
    this.all = all;
  }

  boolean same() {
    return count(Kind.NONE) == all.size();
  }

  private long count(Kind kind) {
    return all.stream().filter(difference -> difference.kind() == kind).count();
  }

  void print(PrintWriter out, boolean json) {
    if (json) {
      Json.print(object(), out);
    } else {
      lines(out);
    }
  }

  private void lines(PrintWriter out) {
    if (!same()) {
      Table table = new Table("tensor", "difference", "distance", "relative", "cosine", "max", "elements");
      for (TensorDifference difference : all) {
        if (difference.kind() != Kind.NONE) {
          row(table, difference);
        }
      }
      table.print(out);
      out.println();
    }
    out.printf("%d tensors are the same, %d differ in values, %d in dtype alone, %d in shape, %d are only in %s, %d only in %s%n",
        count(Kind.NONE), count(Kind.VALUES), count(Kind.DTYPE), count(Kind.SHAPE), count(Kind.ONLY_FIRST), first.path(),
        count(Kind.ONLY_SECOND), second.path());
    out.flush();
  }

  private void row(Table table, TensorDifference difference) {
    Distance distance = difference.kind() == Kind.VALUES ? difference.distance() : null;
    if (distance == null) {
      table.row(difference.name(), words(difference), "-", "-", "-", "-", "-");
      return;
    }
    table.row(
        difference.name(),
        words(difference),
        Table.number(TensorDifference.euclidean(distance)),
        Table.number(TensorDifference.relative(distance)),
        String.format(Locale.ROOT, "%.6f", TensorDifference.cosine(distance)),
        Table.number(distance.maximumDifference()),
        String.format(Locale.ROOT, "%d (%.1f %%)", distance.different(), 100.0 * distance.different() / distance.count()));
  }

  private String words(TensorDifference difference) {
    TensorInfo a = difference.first();
    TensorInfo b = difference.second();
    return switch (difference.kind()) {
      case NONE -> "same";
      case DTYPE -> a.dtype() + " and " + b.dtype();
      case VALUES -> a.dtype() == b.dtype() ? "values" : "values, " + a.dtype() + " and " + b.dtype();
      case SHAPE -> a.shape() + " and " + b.shape();
      case ONLY_FIRST -> "only in " + first.path();
      case ONLY_SECOND -> "only in " + second.path();
    };
  }

  private ObjectNode object() {
    ObjectNode object = Json.object();
    object.put("first", first.path().toString());
    object.put("second", second.path().toString());
    object.put("same", same());
    ArrayNode tensors = object.putArray("tensors");
    for (TensorDifference difference : all) {
      ObjectNode entry = tensors.addObject();
      entry.put("name", difference.name());
      entry.put("difference", difference.kind().name().toLowerCase(Locale.ROOT));
      describe(entry, difference.distance());
    }
    return object;
  }

  private static void describe(ObjectNode entry, @Nullable Distance distance) {
    if (distance == null) {
      return;
    }
    Json.put(entry, "distance", TensorDifference.euclidean(distance));
    Json.put(entry, "relative", TensorDifference.relative(distance));
    Json.put(entry, "cosine", TensorDifference.cosine(distance));
    Json.put(entry, "maximum", distance.maximumDifference());
    entry.put("different_elements", distance.different());
    entry.put("elements", distance.count());
  }
}
