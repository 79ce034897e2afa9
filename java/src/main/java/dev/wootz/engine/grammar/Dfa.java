package dev.wootz.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A deterministic automaton, built as a whole: where intersections and complements are, this alone shows which states still reach an end. States
 * that do not are left out.
 */
final class Dfa {
  static final int MOST_STATES = 50_000;
  private static final int DEAD = -1;

  /** Bytes that no UTF-8 text has, which stand for the beginning and the end of a text. */
  static final int BEGIN = 0xFE;
  static final int END = 0xFF;

  private final int[] classOf;
  private final int classes;
  private final int[] next;
  private final BitSet accepting;

  private Dfa(int[] classOf, int classes, int[] next, BitSet accepting) {
    this.classOf = classOf;
    this.classes = classes;
    this.next = next;
    this.accepting = accepting;
  }

  /** Too large to be built. */
  static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLarge() {
      super("more than " + MOST_STATES + " states", null, false, false);
    }
  }

  /** Regular expressions only: no rules inside. Returns an expression of the same texts without {@code and} and {@code not}. */
  static Expression of(Expression regular, Expressions in) {
    Dfa whole = explore(regular, in);
    return whole.trimmed(0, whole.accepting, in);
  }

  /** Of an expression whose texts begin with {@link #BEGIN} and end with {@link #END}: the texts between. */
  static Expression between(Expression regular, Expressions in) {
    Dfa whole = explore(regular, in);
    int start = whole.next(0, BEGIN);
    BitSet ends = new BitSet();
    for (int s = 0; s < whole.states(); s++) {
      int end = whole.next(s, END);
      ends.set(s, end != DEAD && whole.accepting.get(end));
    }
    Arrays.fill(whole.classOf, BEGIN, END + 1, whole.classes);
    return start == DEAD ? in.nothing : whole.trimmed(start, ends, in);
  }

  private int states() {
    return next.length / classes;
  }

  /** The state after this byte, negative for none. */
  int next(int state, int b) {
    return state == DEAD || classOf[b] == classes ? DEAD : next[state * classes + classOf[b]];
  }

  /** What follows in this state. */
  Expression expression(int state, Expressions in) {
    if (state == DEAD) {
      return in.nothing;
    }
    boolean accepts = accepting.get(state);
    for (int c = 0; c < classes; c++) {
      if (next[state * classes + c] != DEAD) {
        return in.state(this, state, accepts);
      }
    }
    return accepts ? in.empty : in.nothing;
  }

  private static Dfa explore(Expression start, Expressions in) {
    Map<Expression, Integer> numbers = new LinkedHashMap<>();
    ArrayDeque<Expression> open = new ArrayDeque<>();
    List<int[]> targets = new ArrayList<>();
    numbers.put(start, 0);
    open.add(start);
    while (!open.isEmpty()) {
      Expression[] row = open.remove().row(in);
      int[] target = new int[256];
      for (int b = 0; b < 256; b++) {
        if (b > 0 && row[b] == row[b - 1]) {
          target[b] = target[b - 1];
        } else if (row[b] == in.nothing) {
          target[b] = DEAD;
        } else {
          Integer known = numbers.get(row[b]);
          if (known == null) {
            known = numbers.size();
            numbers.put(row[b], known);
            open.add(row[b]);
          }
          target[b] = known;
        }
      }
      targets.add(target);
      if (numbers.size() > MOST_STATES) {
        throw new TooLarge();
      }
    }
    return compressed(targets, numbers);
  }

  /** Bytes that lead to the same everywhere are one class. */
  private static Dfa compressed(List<int[]> targets, Map<Expression, Integer> numbers) {
    int[] classOf = new int[256];
    Map<List<Integer>, Integer> split = new HashMap<>();
    int classes = 1;
    for (int[] target : targets) {
      split.clear();
      int[] refined = new int[256];
      for (int b = 0; b < 256; b++) {
        Integer known = split.putIfAbsent(List.of(classOf[b], target[b]), split.size());
        refined[b] = known == null ? split.size() - 1 : known;
      }
      if (split.size() > classes) {
        classOf = refined;
        classes = split.size();
      }
    }
    int[] next = new int[targets.size() * classes];
    for (int s = 0; s < targets.size(); s++) {
      for (int b = 0; b < 256; b++) {
        next[s * classes + classOf[b]] = targets.get(s)[b];
      }
    }
    BitSet accepting = new BitSet();
    numbers.forEach((e, number) -> accepting.set(number, e.nullable));
    return new Dfa(classOf, classes, next, accepting);
  }

  /** Only states on a way from {@code start} to an accepting one. */
  private Expression trimmed(int start, BitSet ends, Expressions in) {
    BitSet live = alive(ends);
    if (!live.get(start)) {
      return in.nothing;
    }
    int[] kept = next.clone();
    for (int i = 0; i < kept.length; i++) {
      if (kept[i] != DEAD && !live.get(kept[i])) {
        kept[i] = DEAD;
      }
    }
    return new Dfa(classOf, classes, kept, ends).expression(start, in);
  }

  private BitSet alive(BitSet ends) {
    List<@Nullable List<Integer>> before = new ArrayList<>(java.util.Collections.nCopies(states(), null));
    for (int s = 0; s < states(); s++) {
      for (int b = 0; b < 256; b++) {
        int target = next(s, b);
        if (target != DEAD && (b == 0 || target != next(s, b - 1))) {
          List<Integer> list = before.get(target);
          if (list == null) {
            list = new ArrayList<>();
            before.set(target, list);
          }
          list.add(s);
        }
      }
    }
    BitSet live = (BitSet) ends.clone();
    ArrayDeque<Integer> open = new ArrayDeque<>();
    ends.stream().forEach(open::add);
    while (!open.isEmpty()) {
      List<Integer> sources = before.get(open.remove());
      for (int source : sources == null ? List.<Integer>of() : sources) {
        if (!live.get(source)) {
          live.set(source);
          open.add(source);
        }
      }
    }
    return live;
  }
}
