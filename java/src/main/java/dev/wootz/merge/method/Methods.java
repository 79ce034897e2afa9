package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Every merge method, by the name that {@code merge_method} in a recipe gives it. */
public final class Methods {
  private static final List<MergeMethod> ALL =
      List.of(
          // averages and spherical means
          new Linear(),
          new Slerp(),
          new NuSlerp(),
          new MultiSlerp(),
          new Karcher(),
          new ModelStock(),
          new Passthrough(),
          // generalised task arithmetic
          new TaskArithmetic(),
          new Ties(),
          Dare.linear(),
          Dare.ties(),
          Breadcrumbs.plain(),
          Breadcrumbs.ties(),
          Della.plain(),
          Della.linear(),
          // other
          new Sce(),
          new NearSwap(),
          new ArceeFusion(),
          Ram.plain(),
          Ram.plus());

  private static final Map<String, MergeMethod> BY_NAME = byName(ALL);

  private Methods() {}

  public static List<MergeMethod> all() {
    return ALL;
  }

  public static Optional<MergeMethod> byName(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  private static Map<String, MergeMethod> byName(List<MergeMethod> methods) {
    Map<String, MergeMethod> names = new TreeMap<>();
    for (MergeMethod method : methods) {
      if (names.put(method.name(), method) != null) {
        throw new IllegalStateException("two merge methods are called " + method.name());
      }
    }
    return Collections.unmodifiableMap(names);
  }
}
