package dev.wootz.cli;

import dev.wootz.format.Checkpoint;
import dev.wootz.model.PublishedShape;
import dev.wootz.model.PublishedShapes;
import dev.wootz.model.RandomCheckpoint;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "init-model",
    header = "Write a checkpoint of random weights in a published shape.",
    customSynopsis = {
      "wootz init-model SHAPE OUT [--seed N] [--dtype TYPE] [options]",
      "       wootz init-model OUT --perturb BASE [--scale S] [--seed N] [options]"
    },
    description = {
      "",
      "Matrices are drawn from N(0, 0.02^2), norms are 1. The same seed gives the same weights on every machine.",
      "With --perturb, OUT is a relative of BASE: every weight plus normal noise, as if BASE had been fine-tuned.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz init-model qwen3-0.6b base",
      "  wootz init-model tuned --perturb base --scale 1e-3 --seed 1",
      "  wootz init-model qwen3-4b big --max-shard-size 2GB"
    })
final class InitModelCommand implements Callable<Integer> {
  /** For the help text. */
  static final class Shapes implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return PublishedShapes.all().stream().map(PublishedShape::name).iterator();
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(arity = "1..2", paramLabel = "[SHAPE] OUT", completionCandidates = Shapes.class,
      description = "A shape (${COMPLETION-CANDIDATES}) and the folder to write.")
  private List<String> places;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the weights or the noise (default: 0).")
  private long seed;

  @Option(names = "--dtype", paramLabel = "TYPE", defaultValue = "bfloat16", converter = FloatType.class,
      description = "bfloat16 (default), float16 or float32.")
  private DType dtype;

  @Option(names = "--max-shard-size", paramLabel = "BYTES", defaultValue = "5GB", converter = ByteSize.class,
      description = "Bytes of tensors in one file (default: 5GB).")
  private long maxShardSize;

  @Option(names = "--perturb", paramLabel = "BASE", description = "Write a relative of this checkpoint.")
  private @Nullable Path base;

  @Option(names = "--scale", paramLabel = "S", defaultValue = "0.001", description = "Standard deviation of the noise (default: 0.001).")
  private double scale;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Override
  public Integer call() {
    if (base != null) {
      if (places.size() != 1) {
        throw new ParameterException(spec.commandLine(), "with --perturb there is no SHAPE: wootz init-model OUT --perturb BASE");
      }
      try (Checkpoint model = Checkpoint.open(base)) {
        write(RandomCheckpoint.perturbed(model, scale, seed), Path.of(places.get(0)));
      }
      return 0;
    }
    if (places.size() != 2) {
      throw new ParameterException(spec.commandLine(), "expected a SHAPE and the folder to write: wootz init-model SHAPE OUT");
    }
    write(RandomCheckpoint.of(shape(places.get(0)), dtype, seed), Path.of(places.get(1)));
    return 0;
  }

  private PublishedShape shape(String name) {
    return PublishedShapes.named(name.toLowerCase(Locale.ROOT))
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(), "unknown shape '" + name + "'; known are " + String.join(", ", new Shapes())));
  }

  private void write(RandomCheckpoint checkpoint, Path folder) {
    long began = System.nanoTime();
    long total = checkpoint.bytes();
    AtomicLong done = new AtomicLong();
    try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(false))) {
      checkpoint.maxShardSize(maxShardSize).threads(threads).progress(bytes -> line.update("writing", done.addAndGet(bytes), total, ""));
      Interrupt.during(
          checkpoint::cancel,
          () -> {
            checkpoint.write(folder);
            return folder;
          });
    }
    double seconds = (System.nanoTime() - began) * 1e-9;
    spec.commandLine().getOut().printf("%s: %s in %s (%s/s)%n", folder, ByteSize.text(total), ProgressLine.duration(seconds),
        ByteSize.text((long) (total / seconds)));
  }
}
