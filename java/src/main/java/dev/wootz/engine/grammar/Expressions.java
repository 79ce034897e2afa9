package dev.wootz.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes expressions, each once, and simplifies on the way: what has no text is {@link #nothing}, alternatives that begin alike are one
 * sequence with a choice at its end. That keeps the states few where grammars are ambiguous.
 *
 * <p>Safe for threads: everything that makes expressions holds the lock of this object.
 */
final class Expressions {
  static final int UNBOUNDED = Integer.MAX_VALUE;

  /** Rows are a kilobyte each; past this many, those made on the way are forgotten and made again when they are needed. */
  private static final int MOST_ROWS = 24_000;

  final Expression nothing;
  final Expression empty;

  private final Map<Expression, Expression> all = new HashMap<>();
  private final Map<String, Expression.Rule> rules = new LinkedHashMap<>();
  private int created;
  private int rows;

  /** Expressions below this number are the grammar itself and stay. */
  private int kept;

  private int epoch;

  Expressions() {
    nothing = intern(new Expression.Bytes(new long[4]));
    empty = intern(new Expression.Repeat(nothing, 0, 0));
    Arrays.stream(new Expression[] {nothing, empty}).forEach(e -> e.row(this));
  }

  void countRow() {
    rows++;
  }

  /** All that was made so far belongs to the grammar. */
  synchronized void keep() {
    kept = created;
  }

  /** Changes when expressions were forgotten: those made before must then go through {@link #again}. */
  int epoch() {
    return epoch;
  }

  /** Between steps only. */
  synchronized void forgetIfMany() {
    if (rows > MOST_ROWS) {
      all.keySet().removeIf(e -> e.number >= kept);
      all.keySet().forEach(Expression::forgetRow);
      rows = 0;
      epoch++;
    }
  }

  /** The same expression out of those that are known. */
  synchronized Expression again(Expression stranger) {
    List<Expression> spine = new ArrayList<>();
    Expression at = stranger;
    while (at instanceof Expression.Sequence sequence && at.number >= kept) {
      spine.add(at);
      at = sequence.second;
    }
    Expression result = againOne(at);
    for (int i = spine.size() - 1; i >= 0; i--) {
      result = sequence(againOne(((Expression.Sequence) spine.get(i)).first), result);
    }
    return result;
  }

  private Expression againOne(Expression e) {
    if (e.number < kept) {
      return e;
    }
    if (e instanceof Expression.Choice choice) {
      return choice(Arrays.stream(choice.members).map(this::again).toArray(Expression[]::new));
    }
    if (e instanceof Expression.And and) {
      return and(Arrays.stream(and.members).map(this::again).toArray(Expression[]::new));
    }
    if (e instanceof Expression.Repeat repeat) {
      return repeat(again(repeat.body), repeat.min, repeat.max);
    }
    if (e instanceof Expression.Not not) {
      return not(again(not.body));
    }
    if (e instanceof Expression.Sequence) {
      return again(e);
    }
    // What it led to is forgotten.
    e.forgetRow();
    return intern(e);
  }

  private Expression intern(Expression candidate) {
    Expression known = all.putIfAbsent(candidate, candidate);
    if (known == null) {
      candidate.number = created++;
      return candidate;
    }
    return known;
  }

  synchronized Expression bytes(long[] set) {
    return intern(new Expression.Bytes(set));
  }

  Expression range(int from, int to) {
    long[] set = new long[4];
    for (int b = from; b <= to; b++) {
      set[b >> 6] |= 1L << b;
    }
    return bytes(set);
  }

  synchronized Expression literal(byte[] bytes) {
    return bytes.length == 0 ? empty : intern(new Expression.Literal(bytes));
  }

  Expression literal(String text) {
    return literal(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Any of these texts, at least one, in bytes. What they begin with in common is there once, so that no state has many alternatives. */
  Expression oneOf(Collection<byte[]> texts) {
    byte[][] sorted = texts.toArray(byte[][]::new);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    return oneOf(sorted, 0, sorted.length, 0);
  }

  /** The rest, from byte {@code at} on, of texts {@code from} to {@code to} (exclusive), which are alike before it. */
  private Expression oneOf(byte[][] sorted, int from, int to, int at) {
    byte[] first = sorted[from];
    // Sorted: what the first and the last have in common all have.
    int differ = Arrays.mismatch(first, sorted[to - 1]);
    int same = differ < 0 ? first.length : differ;
    List<Expression> ways = new ArrayList<>();
    int i = from;
    while (i < to && sorted[i].length == same) {
      i++;
    }
    if (i > from) {
      ways.add(empty);
    }
    while (i < to) {
      int end = i + 1;
      while (end < to && sorted[end][same] == sorted[i][same]) {
        end++;
      }
      ways.add(oneOf(sorted, i, end, same));
      i = end;
    }
    return sequence(literal(Arrays.copyOfRange(first, at, same)), choice(ways));
  }

  Expression sequence(Expression... parts) {
    Expression result = empty;
    for (int i = parts.length - 1; i >= 0; i--) {
      result = sequence(parts[i], result);
    }
    return result;
  }

  synchronized Expression sequence(Expression first, Expression second) {
    if (first == nothing || second == nothing) {
      return nothing;
    }
    if (first == empty) {
      return second;
    }
    if (second == empty) {
      return first;
    }
    if (!(first instanceof Expression.Sequence)) {
      return intern(new Expression.Sequence(first, second));
    }
    // A loop: there may be as many parts as a schema has elements.
    List<Expression> parts = new ArrayList<>();
    Expression last = first;
    while (last instanceof Expression.Sequence inner) {
      parts.add(inner.first);
      last = inner.second;
    }
    Expression result = intern(new Expression.Sequence(last, second));
    for (int i = parts.size() - 1; i >= 0; i--) {
      result = intern(new Expression.Sequence(parts.get(i), result));
    }
    return result;
  }

  Expression optional(Expression e) {
    return choice(e, empty);
  }

  Expression choice(List<Expression> members) {
    return choice(members.toArray(Expression[]::new));
  }

  synchronized Expression choice(Expression... members) {
    if (members.length == 2) {
      if (members[0] == members[1] || members[1] == nothing) {
        return members[0];
      }
      if (members[0] == nothing) {
        return members[1];
      }
    }
    Set<Expression> flat = new LinkedHashSet<>();
    for (Expression member : members) {
      flatten(member, flat);
    }
    flat.remove(nothing);
    boolean withEmpty = flat.remove(empty);
    // By what they begin with, all that may follow it.
    Map<Expression, List<Expression>> tails = new LinkedHashMap<>();
    long[] single = new long[4];
    for (Expression e : flat) {
      if (e instanceof Expression.Bytes bytes) {
        for (int i = 0; i < 4; i++) {
          single[i] |= bytes.set[i];
        }
      } else if (e instanceof Expression.Sequence sequence) {
        tails.computeIfAbsent(sequence.first, head -> new ArrayList<>()).add(sequence.second);
      } else {
        tails.computeIfAbsent(e, head -> new ArrayList<>()).add(empty);
      }
    }
    if ((single[0] | single[1] | single[2] | single[3]) != 0) {
      tails.computeIfAbsent(bytes(single), head -> new ArrayList<>()).add(empty);
    }
    List<Expression> joined = new ArrayList<>();
    boolean nullable = withEmpty;
    for (Map.Entry<Expression, List<Expression>> entry : tails.entrySet()) {
      List<Expression> ends = entry.getValue();
      Expression one = sequence(entry.getKey(), ends.size() == 1 ? ends.get(0) : choice(ends));
      joined.add(one);
      nullable |= one.nullable;
    }
    if (withEmpty && joined.stream().noneMatch(e -> e.nullable)) {
      joined.add(empty);
    }
    if (joined.size() < 2) {
      return joined.isEmpty() ? nothing : joined.get(0);
    }
    joined.sort(Comparator.comparingInt(e -> e.number));
    return intern(new Expression.Choice(joined.toArray(Expression[]::new), nullable));
  }

  private static void flatten(Expression e, Set<Expression> into) {
    if (e instanceof Expression.Choice choice) {
      into.addAll(Arrays.asList(choice.members));
    } else {
      into.add(e);
    }
  }

  Expression star(Expression body) {
    return repeat(body, 0, UNBOUNDED);
  }

  synchronized Expression repeat(Expression body, int min, int max) {
    if (max == 0 || body == empty) {
      return empty;
    }
    if (body == nothing) {
      return min == 0 ? empty : nothing;
    }
    if (min == 1 && max == 1) {
      return body;
    }
    return intern(new Expression.Repeat(body, body.nullable ? 0 : min, max));
  }

  /** For {@link Dfa} only. */
  synchronized Expression and(Expression... members) {
    Set<Expression> flat = new LinkedHashSet<>();
    for (Expression member : members) {
      if (member instanceof Expression.And and) {
        flat.addAll(Arrays.asList(and.members));
      } else {
        flat.add(member);
      }
    }
    flat.remove(not(nothing));
    if (flat.contains(nothing)) {
      return nothing;
    }
    if (flat.isEmpty()) {
      return not(nothing);
    }
    if (flat.size() == 1) {
      return flat.iterator().next();
    }
    Expression[] sorted = flat.stream().sorted(Comparator.comparingInt(e -> e.number)).toArray(Expression[]::new);
    return intern(new Expression.And(sorted, Arrays.stream(sorted).allMatch(e -> e.nullable)));
  }

  /** For {@link Dfa} only. */
  synchronized Expression not(Expression body) {
    return body instanceof Expression.Not inner ? inner.body : intern(new Expression.Not(body));
  }

  synchronized Expression state(Dfa automaton, int state, boolean accepting) {
    return intern(new Expression.State(automaton, state, accepting));
  }

  /** The rule of this name, which is made without a definition. */
  synchronized Expression.Rule rule(String name) {
    return rules.computeIfAbsent(name, n -> (Expression.Rule) intern(new Expression.Rule(n)));
  }
}
