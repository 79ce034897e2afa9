package dev.wootz.engine.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A set of texts, and what may follow each byte of them. Made by {@link Expressions} only, where equal expressions are one object: within one
 * set of expressions {@code ==} compares them.
 *
 * <p>Every expression but {@link Expressions#nothing} has at least one text, except where {@link And} or {@link Not} is inside; these two do not
 * survive {@link Dfa}. So whoever never steps to {@code nothing} can always reach an end.
 *
 * <p>In one file although long: the kinds are few, small, and sealed.
 */
abstract class Expression {
  private final int hash;

  /** Whether the empty text is one of them. */
  final boolean nullable;

  /** By creation, for an order that does not depend on hashes. */
  int number;

  /** By byte, what follows; filled as a whole when it is first asked for. */
  private Expression @Nullable [] row;

  /** The one expression that every plain character leads to; null when there is none or it has not been asked for. */
  @Nullable Expression plainStep;

  boolean plainStepKnown;

  Expression(int hash, boolean nullable) {
    this.hash = hash;
    this.nullable = nullable;
  }

  /** Equal in kind and fields, children by identity. */
  abstract boolean same(Expression other);

  abstract void fill(Expression[] out, Expressions in);

  /** The same out of other children; for those without any the expression itself. */
  abstract Expression rebuilt(Expressions in);

  /** What may follow this byte. The row is published without a lock: its elements have final fields, and a null is asked for again. */
  Expression next(int b, Expressions in) {
    Expression[] known = row;
    return (known == null ? row(in) : known)[b];
  }

  Expression[] row(Expressions in) {
    Expression[] known = row;
    if (known == null) {
      synchronized (in) {
        known = row;
        if (known == null) {
          known = new Expression[256];
          fill(known, in);
          in.countRow();
          java.lang.invoke.VarHandle.releaseFence();
          row = known;
        }
      }
    }
    return known;
  }

  void forgetRow() {
    row = null;
    plainStep = null;
    plainStepKnown = false;
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return this == other || (other instanceof Expression expression && hash == expression.hash && getClass() == other.getClass() && same(expression));
  }

  @Override
  public final int hashCode() {
    return hash;
  }

  static int id(Expression e) {
    return System.identityHashCode(e);
  }

  /** One byte of a set. */
  static final class Bytes extends Expression {
    final long[] set;

    Bytes(long[] set) {
      super(Arrays.hashCode(set), false);
      this.set = set;
    }

    boolean has(int b) {
      return (set[b >> 6] >>> b & 1) != 0;
    }

    @Override
    boolean same(Expression other) {
      return Arrays.equals(set, ((Bytes) other).set);
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      for (int b = 0; b < 256; b++) {
        out[b] = has(b) ? in.empty : in.nothing;
      }
    }

    @Override
    Expression rebuilt(Expressions in) {
      return this;
    }
  }

  /** These bytes, at least one. */
  static final class Literal extends Expression {
    final byte[] bytes;

    Literal(byte[] bytes) {
      super(31 + Arrays.hashCode(bytes), false);
      this.bytes = bytes;
    }

    @Override
    boolean same(Expression other) {
      return Arrays.equals(bytes, ((Literal) other).bytes);
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      Arrays.fill(out, in.nothing);
      out[bytes[0] & 255] = in.literal(Arrays.copyOfRange(bytes, 1, bytes.length));
    }

    @Override
    Expression rebuilt(Expressions in) {
      return this;
    }
  }

  /** {@code first} then {@code second}; {@code first} is no sequence itself. */
  static final class Sequence extends Expression {
    final Expression first;
    final Expression second;

    Sequence(Expression first, Expression second) {
      super(31 * id(first) + id(second) + 2, first.nullable && second.nullable);
      this.first = first;
      this.second = second;
    }

    @Override
    boolean same(Expression other) {
      return first == ((Sequence) other).first && second == ((Sequence) other).second;
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      Expression[] heads = first.row(in);
      Expression[] tails = first.nullable ? second.row(in) : null;
      Expression head = null;
      Expression tail = null;
      Expression result = in.nothing;
      for (int b = 0; b < 256; b++) {
        // Neighbouring bytes mostly lead to the same.
        if (head != heads[b] || (tails != null && tail != tails[b])) {
          head = heads[b];
          result = in.sequence(head, second);
          if (tails != null) {
            tail = tails[b];
            result = in.choice(result, tail);
          }
        }
        out[b] = result;
      }
    }

    @Override
    Expression rebuilt(Expressions in) {
      return in.sequence(first, second);
    }
  }

  /** Any of at least two. */
  static final class Choice extends Expression {
    final Expression[] members;

    Choice(Expression[] members, boolean nullable) {
      super(hash(members, 3), nullable);
      this.members = members;
    }

    @Override
    boolean same(Expression other) {
      return sameMembers(members, ((Choice) other).members);
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      combine(members, out, in, in::choice);
    }

    @Override
    Expression rebuilt(Expressions in) {
      return in.choice(members);
    }
  }

  /** {@code body} from {@code min} to {@code max} times, {@link Expressions#UNBOUNDED} for no end. */
  static final class Repeat extends Expression {
    final Expression body;
    final int min;
    final int max;

    Repeat(Expression body, int min, int max) {
      super(31 * (31 * id(body) + min) + max + 4, min == 0);
      this.body = body;
      this.min = min;
      this.max = max;
    }

    @Override
    boolean same(Expression other) {
      Repeat repeat = (Repeat) other;
      return body == repeat.body && min == repeat.min && max == repeat.max;
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      Expression rest = in.repeat(body, Math.max(0, min - 1), max == Expressions.UNBOUNDED ? max : max - 1);
      Expression[] heads = body.row(in);
      Expression head = null;
      Expression result = in.nothing;
      for (int b = 0; b < 256; b++) {
        if (head != heads[b]) {
          head = heads[b];
          result = in.sequence(head, rest);
        }
        out[b] = result;
      }
    }

    @Override
    Expression rebuilt(Expressions in) {
      return in.repeat(body, min, max);
    }
  }

  /** Texts of all members. */
  static final class And extends Expression {
    final Expression[] members;

    And(Expression[] members, boolean nullable) {
      super(hash(members, 5), nullable);
      this.members = members;
    }

    @Override
    boolean same(Expression other) {
      return sameMembers(members, ((And) other).members);
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      combine(members, out, in, in::and);
    }

    @Override
    Expression rebuilt(Expressions in) {
      return in.and(members);
    }
  }

  /** All texts but those of {@code body}. */
  static final class Not extends Expression {
    final Expression body;

    Not(Expression body) {
      super(id(body) + 6, !body.nullable);
      this.body = body;
    }

    @Override
    boolean same(Expression other) {
      return body == ((Not) other).body;
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      Expression[] bodies = body.row(in);
      for (int b = 0; b < 256; b++) {
        out[b] = in.not(bodies[b]);
      }
    }

    @Override
    Expression rebuilt(Expressions in) {
      return in.not(body);
    }
  }

  /** A named expression that may contain itself, though not at its beginning; never empty. */
  static final class Rule extends Expression {
    final String name;
    @Nullable Expression definition;

    Rule(String name) {
      super(name.hashCode() + 7, false);
      this.name = name;
    }

    @Override
    boolean same(Expression other) {
      return name.equals(((Rule) other).name);
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      Expression meaning = definition;
      if (meaning == null) {
        throw new IllegalStateException("the rule " + name + " has no definition");
      }
      System.arraycopy(meaning.row(in), 0, out, 0, out.length);
    }

    @Override
    Expression rebuilt(Expressions in) {
      return this;
    }
  }

  /** What follows in a deterministic automaton that was built as a whole. */
  static final class State extends Expression {
    final Dfa automaton;
    final int state;

    State(Dfa automaton, int state, boolean accepting) {
      super(31 * System.identityHashCode(automaton) + state + 8, accepting);
      this.automaton = automaton;
      this.state = state;
    }

    @Override
    boolean same(Expression other) {
      return automaton == ((State) other).automaton && state == ((State) other).state;
    }

    @Override
    void fill(Expression[] out, Expressions in) {
      for (int b = 0; b < 256; b++) {
        out[b] = automaton.expression(automaton.next(state, b), in);
      }
    }

    @Override
    Expression rebuilt(Expressions in) {
      return automaton.expression(state, in);
    }
  }

  private interface Join {
    Expression of(Expression... members);
  }

  private static void combine(Expression[] members, Expression[] out, Expressions in, Join join) {
    Expression[][] rows = new Expression[members.length][];
    for (int i = 0; i < members.length; i++) {
      rows[i] = members[i].row(in);
    }
    Expression[] targets = new Expression[members.length];
    for (int b = 0; b < 256; b++) {
      boolean changed = b == 0;
      for (int i = 0; i < members.length; i++) {
        changed |= targets[i] != rows[i][b];
        targets[i] = rows[i][b];
      }
      out[b] = changed ? join.of(targets.clone()) : out[b - 1];
    }
  }

  private static int hash(Expression[] members, int seed) {
    int hash = seed;
    for (Expression member : members) {
      hash = 31 * hash + id(member);
    }
    return hash;
  }

  private static boolean sameMembers(Expression[] a, Expression[] b) {
    if (a.length != b.length) {
      return false;
    }
    for (int i = 0; i < a.length; i++) {
      if (a[i] != b[i]) {
        return false;
      }
    }
    return true;
  }
}
