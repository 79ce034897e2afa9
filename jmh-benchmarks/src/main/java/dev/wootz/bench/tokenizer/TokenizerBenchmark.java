package dev.wootz.bench.tokenizer;

import dev.wootz.tokenizer.Tokenizer;
import dev.wootz.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * How fast is text cut into tokens and put together again? One thread; the counter {@code megabytes} is MB/s of UTF-8 text.
 *
 * <pre>  java -jar benchmarks.jar TokenizerBenchmark -p tokenizer=qwen3/ -p text=book.txt</pre>
 *
 * Both parameters may be lists, separated by commas; without them the system properties {@code wootz.bench.tokenizer} and {@code
 * wootz.bench.text} count.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class TokenizerBenchmark {
  /** A Hugging Face folder, a tokenizer.json or a .gguf file. */
  @Param("")
  public String tokenizer;

  /** A text file in UTF-8. */
  @Param("")
  public String text;

  private TokenizerJson file;
  private Tokenizer loaded;
  private String content;
  private double megabytes;
  private int[] ids;

  @Setup
  public void read() throws IOException {
    Path place = place(tokenizer, "tokenizer");
    loaded = Tokenizer.load(place);
    file = place.toString().endsWith(".gguf") ? null : Files.isDirectory(place) ? TokenizerJson.open(place) : TokenizerJson.read(place);
    byte[] bytes = Files.readAllBytes(place(text, "text"));
    content = new String(bytes, StandardCharsets.UTF_8);
    megabytes = bytes.length * 1e-6;
    ids = loaded.encode(content);
    if (!loaded.decode(ids).equals(content)) {
      System.out.println("note: the text is not the same after encoding and decoding, for the tokenizer normalizes it");
    }
  }

  private static Path place(String parameter, String name) {
    String told = parameter.isEmpty() ? System.getProperty("wootz.bench." + name, "") : parameter;
    if (told.isEmpty()) {
      throw new IllegalArgumentException("which " + name + "? Give -p " + name + "=PATH or -jvmArgsAppend -Dwootz.bench." + name + "=PATH");
    }
    return Path.of(told);
  }

  /** The text over and over: its words are remembered. */
  @Benchmark
  public int[] encode(Text text) {
    text.megabytes += megabytes;
    return loaded.encode(content);
  }

  /** A tokenizer that has seen nothing yet. */
  @State(Scope.Thread)
  public static class Fresh {
    private Tokenizer tokenizer;

    @Setup(Level.Invocation)
    public void make(TokenizerBenchmark benchmark) {
      tokenizer = benchmark.file == null ? null : Tokenizer.of(benchmark.file);
    }
  }

  /** The text for the first time: every word has to be merged once. */
  @Benchmark
  public int[] encodeAfresh(Fresh fresh, Text text) {
    if (fresh.tokenizer == null) {
      throw new IllegalArgumentException("encodeAfresh needs a tokenizer.json");
    }
    text.megabytes += megabytes;
    return fresh.tokenizer.encode(content);
  }

  @Benchmark
  public String decode(Text text) {
    text.megabytes += megabytes;
    return loaded.decode(ids);
  }

  /** MB of text. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Text {
    public double megabytes;

    @Setup(Level.Iteration)
    public void clear() {
      megabytes = 0;
    }
  }
}
