package dev.wootz.engine.grammar;

import dev.wootz.engine.grammar.SchemaCase.Members;
import dev.wootz.engine.grammar.SchemaCase.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Objects of one case. Members that the schema names come first, in its order; those that only {@code required} names after them; then others, if
 * they are allowed, in any order. {@code minProperties} counts all others as one, since two of them may bear the same name.
 */
final class SchemaObjects {
  private static final int MOST_PATTERNS = 5;
  private static final int MOST_STATES = 100_000;

  private final SchemaCompiler compiler;
  private final Expressions in;
  private final SchemaCase one;

  /** By name, what the member must meet; without those that cannot be there. */
  private final Map<String, List<Place>> named = new LinkedHashMap<>();

  private final Set<String> declared = new LinkedHashSet<>();

  SchemaObjects(SchemaCompiler compiler, SchemaCase one) {
    this.compiler = compiler;
    this.in = compiler.in;
    this.one = one;
    one.members.forEach(part -> declared.addAll(part.properties().keySet()));
    declared.addAll(one.required);
    for (String name : declared) {
      if (compiler.isName(one, name)) {
        named.put(name, compiler.member(one, name));
      }
    }
  }

  boolean isEmpty(Set<String> open) {
    if (one.minProperties > one.maxProperties || one.required.size() > one.maxProperties || !named.keySet().containsAll(one.required)) {
      return true;
    }
    for (String name : one.required) {
      if (compiler.isEmpty(named.get(name), open)) {
        return true;
      }
    }
    if (one.minProperties <= one.required.size()) {
      return false;
    }
    long possible = named.entrySet().stream().filter(e -> !compiler.isEmpty(e.getValue(), open)).count();
    if (possible >= one.minProperties) {
      return false;
    }
    boolean others = otherNames().entrySet().stream().anyMatch(e -> !compiler.isEmpty(e.getValue(), open));
    if (others && possible + 1 < one.minProperties) {
      throw SchemaReader.wrong(
          SchemaReader.child(one.pointer, "minProperties"), "minProperties " + one.minProperties + " of which " + (one.minProperties - possible) + " are not named by properties",
          "one of these at most: more cannot be enforced, since their names may be the same");
    }
    return !others;
  }

  Expression object() {
    if (isEmpty(new java.util.HashSet<>())) {
      return in.nothing;
    }
    List<String> names = new ArrayList<>();
    List<Expression> members = new ArrayList<>();
    for (Map.Entry<String, List<Place>> entry : named.entrySet()) {
      Expression value = compiler.value(entry.getValue());
      if (value != in.nothing) {
        names.add(entry.getKey());
        members.add(in.sequence(compiler.json.literal(entry.getKey()), compiler.json.colon, value));
      }
    }
    List<Expression> others = new ArrayList<>();
    if (one.maxProperties > one.required.size()) {
      otherNames().forEach((name, places) -> others.add(in.sequence(compiler.json.string(name), compiler.json.colon, compiler.value(places))));
    }
    return compiler.json.enclosed("{", new Order(names, members, in.choice(others)).from(0, 0), "}");
  }

  /** The members from one on, by how many stand before it. */
  private final class Order {
    private final List<String> names;
    private final List<Expression> members;
    private final Expression other;
    private final int most;
    private final Map<Long, Expression> known = new HashMap<>();

    Order(List<String> names, List<Expression> members, Expression other) {
      this.names = names;
      this.members = members;
      this.other = other;
      // From there on another one changes nothing.
      boolean counted = one.maxProperties < names.size() + (other == in.nothing ? 0 : Expressions.UNBOUNDED - names.size());
      this.most = Math.max(1, Math.max(one.minProperties, counted ? Math.min(one.maxProperties, names.size()) : 0));
      if ((long) names.size() * most > MOST_STATES) {
        throw SchemaReader.wrong(one.pointer, names.size() + " properties counted up to " + most, "fewer");
      }
    }

    Expression from(int i, int before) {
      // Built from the end, so that no recursion is as deep as there are properties.
      for (int k = names.size(); k > i; k--) {
        for (int count = 0; count <= Math.min(k, most); count++) {
          at(k, count);
        }
      }
      return at(i, before);
    }

    private Expression at(int i, int before) {
      return known.computeIfAbsent((long) i << 32 | before, key -> i == names.size() ? rest(before) : member(i, before));
    }

    private Expression comma(int before) {
      return before == 0 ? in.empty : compiler.json.comma();
    }

    private Expression member(int i, int before) {
      boolean full = one.maxProperties != Expressions.UNBOUNDED && before >= one.maxProperties;
      int after = Math.min(most, before + 1);
      Expression with = full ? in.nothing : in.sequence(comma(before), members.get(i), known.get((long) (i + 1) << 32 | after));
      return one.required.contains(names.get(i)) ? with : in.choice(with, known.get((long) (i + 1) << 32 | before));
    }

    private Expression rest(int before) {
      int max = one.maxProperties == Expressions.UNBOUNDED ? Expressions.UNBOUNDED : Math.max(0, one.maxProperties - before);
      int missing = one.minProperties - before;
      if (missing > 1 || (missing == 1 && (other == in.nothing || max == 0))) {
        return in.nothing;
      }
      Expression more = in.sequence(compiler.json.comma(), other);
      if (before > 0) {
        return in.repeat(more, Math.max(0, missing), max);
      }
      Expression some = max == 0 ? in.nothing : in.sequence(other, in.repeat(more, 0, max == Expressions.UNBOUNDED ? max : max - 1));
      return missing > 0 ? some : in.optional(some);
    }
  }

  /** The content of names that no schema declares, by the patterns they match, and what their values must meet; null for no such names. */
  private Map<Expression, List<Place>> otherNames() {
    Map<String, String> patterns = new LinkedHashMap<>();
    one.members.forEach(part -> part.patterns().forEach((pattern, place) -> patterns.putIfAbsent(pattern, place.pointer())));
    if (patterns.size() > MOST_PATTERNS) {
      throw SchemaReader.wrong(one.pointer, patterns.size() + " patternProperties", "at most " + MOST_PATTERNS);
    }
    List<String> all = List.copyOf(patterns.keySet());
    Map<Expression, List<Place>> found = new LinkedHashMap<>();
    for (int chosen = 0; chosen < 1 << all.size(); chosen++) {
      Set<String> matched = new LinkedHashSet<>();
      for (int i = 0; i < all.size(); i++) {
        if ((chosen >> i & 1) != 0) {
          matched.add(all.get(i));
        }
      }
      List<Place> places = placesOf(matched);
      boolean forbidden = places.stream().anyMatch(place -> place.schema().isBoolean() && !place.schema().booleanValue());
      if (!forbidden) {
        Expression content = names(patterns, matched);
        if (content != in.nothing) {
          found.put(content, places);
        }
      }
    }
    return found;
  }

  private List<Place> placesOf(Set<String> matched) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Members part : one.members) {
      List<Place> own = part.patterns().entrySet().stream().filter(e -> matched.contains(e.getKey())).map(Map.Entry::getValue).toList();
      own.forEach(place -> places.put(place.pointer(), place));
      if (own.isEmpty() && part.others() != null) {
        places.put(part.others().pointer(), part.others());
      }
    }
    return List.copyOf(places.values());
  }

  /** @param patterns and where they stand */
  private Expression names(Map<String, String> patterns, Set<String> matched) {
    List<Expression> all = new ArrayList<>();
    all.add(in.star(compiler.json.character(CodePoints.ALL)));
    patterns.forEach(
        (pattern, pointer) -> {
          Expression finds = compiler.finds(pattern, pointer);
          all.add(matched.contains(pattern) ? finds : in.not(finds));
        });
    if (!declared.isEmpty()) {
      all.add(in.not(compiler.json.content(declared)));
    }
    for (Place place : one.names) {
      List<Expression> ways = new ArrayList<>();
      for (SchemaCase names : compiler.cases(List.of(place))) {
        if (names.types.contains(SchemaCase.Type.STRING)) {
          ways.add(names.values == null ? compiler.content(names) : compiler.json.content(texts(names)));
        }
      }
      all.add(in.choice(ways));
    }
    try {
      return all.size() == 1 ? all.get(0) : Dfa.of(in.and(all.toArray(Expression[]::new)), in);
    } catch (Dfa.TooLarge e) {
      throw SchemaReader.wrong(one.pointer, "names of properties that need " + e.getMessage(), "simpler patternProperties or propertyNames");
    }
  }

  private List<String> texts(SchemaCase names) {
    Expression allowed = compiler.content(names);
    return names.values.stream().filter(v -> v.isTextual() && compiler.hasContent(allowed, v.textValue())).map(v -> v.textValue()).toList();
  }
}
