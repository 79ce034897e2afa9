package dev.wootz.bench.engine;

import dev.wootz.engine.grammar.Constraint;
import dev.wootz.engine.grammar.Matcher;
import dev.wootz.engine.grammar.TokenTrie;
import dev.wootz.tokenizer.Tokenizer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a token cost under a constraint? A text that a schema allows is read token by token: the mask before each, then the token.
 * {@code cold} makes the constraint anew, {@code warm} has seen the text before. Microseconds for the whole text; the counters divide it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ConstraintBenchmark {
  /** A schema and a text that it allows. */
  public enum What {
    PERSON(
        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":40},\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150},"
            + "\"email\":{\"type\":\"string\",\"format\":\"email\"},\"tags\":{\"type\":\"array\",\"items\":{\"enum\":[\"friend\",\"family\",\"work\"]},\"maxItems\":3}},"
            + "\"required\":[\"name\",\"age\",\"email\"],\"additionalProperties\":false}",
        "{\"name\": \"Ada Lovelace, Countess\", \"age\": 36, \"email\": \"ada@engine.org\", \"tags\": [\"work\", \"friend\"]}"),
    FREE_TEXT(
        "{\"type\":\"object\",\"properties\":{\"answer\":{\"type\":\"string\"},\"sure\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1}},\"required\":[\"answer\",\"sure\"]}",
        "{\n  \"answer\": \"Wootz steel was made in crucibles, from iron and carbon; it was known for \\\"watered\\\" blades.\\nIts name is of the south of India.\",\n  \"sure\": 0.875\n}"),
    TREE(
        "{\"$ref\":\"#/$defs/node\",\"$defs\":{\"node\":{\"type\":\"object\",\"properties\":{\"value\":{\"type\":\"string\",\"pattern\":\"^[a-z]{1,12}$\"},"
            + "\"children\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/node\"}}},\"required\":[\"value\"],\"additionalProperties\":false}}}",
        "{\"value\":\"root\",\"children\":[{\"value\":\"left\",\"children\":[{\"value\":\"leaf\"},{\"value\":\"bud\"}]},{\"value\":\"right\"}]}");

    private final String schema;
    private final String text;

    What(String schema, String text) {
      this.schema = schema;
      this.text = text;
    }
  }

  @Param What what;

  /** A tokenizer.json, its folder or a GGUF file. */
  @Param("Qwen3-0.6B")
  String tokenizer;

  private Tokenizer words;
  private TokenTrie trie;
  private int[] ids;
  private IntBuffer mask;
  private Constraint warm;

  /** Per token, and of the token that took longest. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Figures {
    public double meanMicroseconds;
    public double worstMicroseconds;
    public double firstMicroseconds;
    private double total;
    private long tokens;

    @Setup(Level.Iteration)
    public void clear() {
      meanMicroseconds = worstMicroseconds = firstMicroseconds = total = 0;
      tokens = 0;
    }
  }

  @Setup
  public void read() {
    words = Tokenizer.load(Path.of(tokenizer));
    trie = TokenTrie.of(words, Math.max(words.size(), 151_936), words.eos().isPresent() ? List.of(words.eos().getAsInt()) : List.of());
    ids = words.encode(what.text, false, false);
    mask = IntBuffer.allocate(trie.words());
    warm = Constraint.jsonSchema(what.schema);
    byte[] bytes = what.text.getBytes(StandardCharsets.UTF_8);
    Matcher matcher = warm.matcher(trie, words);
    if (!matcher.accept(bytes) || !matcher.complete()) {
      throw new IllegalStateException("the schema does not allow " + what.text + ", tokens " + Arrays.toString(ids));
    }
  }

  @Benchmark
  public int warm(Figures figures) {
    return follow(warm, figures, System.nanoTime());
  }

  @Benchmark
  public int cold(Figures figures) {
    long began = System.nanoTime();
    return follow(Constraint.jsonSchema(what.schema), figures, began);
  }

  /** The vocabulary alone, once for a model. */
  @Benchmark
  public TokenTrie vocabulary() {
    return TokenTrie.of(words, trie.size(), List.of());
  }

  private int follow(Constraint constraint, Figures figures, long began) {
    Matcher matcher = constraint.matcher(trie, words);
    int allowed = 0;
    long last = began;
    for (int i = 0; i < ids.length; i++) {
      matcher.fill(mask);
      allowed += mask.get(ids[i] >> 5);
      matcher.accept(ids[i]);
      long now = System.nanoTime();
      double micros = (now - last) * 1e-3;
      last = now;
      if (i == 0) {
        figures.firstMicroseconds = micros;
      } else {
        figures.worstMicroseconds = Math.max(figures.worstMicroseconds, micros);
      }
      figures.total += micros;
      figures.tokens++;
    }
    figures.meanMicroseconds = figures.total / figures.tokens;
    return allowed;
  }
}
