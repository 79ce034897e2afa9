package dev.wootz.chat.jinja;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** One rendering: its output so far and what it has left of its {@link Limits}. */
final class Run {
  private static final int CHARACTERS_PER_UNIT = 4;

  private static final long PER_ELEMENT = 4;

  /** Some microseconds of exact decimal arithmetic. */
  private static final int EXACT = 1000;

  private final Source source;
  private final Limits limits;
  private final Clock clock;
  private final List<Span> generated = new ArrayList<>();
  private StringBuilder out = new StringBuilder();
  private long work;
  private int depth;

  Run(Source source, Limits limits, Clock clock) {
    this.source = source;
    this.limits = limits;
    this.clock = clock;
    this.work = limits.work();
  }

  Clock clock() {
    return clock;
  }

  /** Pays for work; see {@link Limits#work}. */
  void charge(long units) {
    work -= units;
    if (work < 0) {
      throw new Fault("the template does more than " + limits.work() + " units of work");
    }
  }

  /** Pays for a text that is about to be made. */
  void chargeText(long characters) {
    if (characters > limits.characters()) {
      throw new Fault("a text of more than " + limits.characters() + " characters");
    }
    charge(characters / CHARACTERS_PER_UNIT);
  }

  /** Pays for a list's elements, which take memory. */
  void chargeElements(long elements) {
    charge(Math.min(elements, Integer.MAX_VALUE) * PER_ELEMENT);
  }

  /** Pays for a search, which may compare a part of the pattern at every position. */
  void chargeSearch(int text, int pattern) {
    charge((text / 16L) * (1 + pattern / 8));
  }

  /** Pays for an operation on numbers whose exact form is long. */
  void chargeExact() {
    charge(EXACT);
  }

  /** Pays for what a text under construction has grown since it had {@code before} characters. */
  void chargeGrowth(StringBuilder text, int before) {
    if (text.length() > limits.characters()) {
      throw new Fault("a text of more than " + limits.characters() + " characters");
    }
    charge((text.length() - before) / CHARACTERS_PER_UNIT);
  }

  /** One node deeper; {@link #leave} must follow. */
  void enter() {
    charge(1);
    if (++depth > limits.depth()) {
      throw new Fault("expressions, statements and macros nest more than " + limits.depth() + " deep");
    }
  }

  void leave() {
    depth--;
  }

  void print(String text) {
    chargeText(text.length());
    if (out.length() + text.length() > limits.characters()) {
      throw new Fault("more than " + limits.characters() + " characters of output");
    }
    out.append(text);
  }

  /** What {@code body} prints, kept out of the output. */
  String capture(Runnable body) {
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      body.run();
      return out.toString();
    } finally {
      out = outer;
    }
  }

  /** Runs a body and marks what it prints as written by the model. */
  void generated(Runnable body) {
    int begin = out.length();
    body.run();
    generated.add(new Span(begin, out.length()));
  }

  Rendering rendering() {
    return new Rendering(out.toString(), List.copyOf(generated));
  }

  TemplateException error(int at, Fault fault, String subject) {
    String variable = fault.variable() != null && (subject.isEmpty() || !subject.endsWith(fault.variable())) ? fault.variable() : subject;
    String shown = variable.isEmpty() || fault.getMessage().contains("'" + variable + "'") ? "" : " (" + variable + ")";
    return source.error(at, fault.getMessage() + shown, variable.isEmpty() ? null : variable, fault);
  }
}
