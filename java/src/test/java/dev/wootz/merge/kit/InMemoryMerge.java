package dev.wootz.merge.kit;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.DrawStream;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.MergeMethod.Tiling;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Runs a method's passes over one tensor held in memory, cut into tiles of any size, visited in a shuffled order by any number of
 * threads. Outputs and scratch memory start as garbage (all bits set: NaN), so that what a method leaves unwritten shows.
 *
 * <pre>{@code
 * float[] merged = InMemoryMerge.of(method).shape(4, 64).base(BF16, b).model("A", BF16, a, Map.of("weight", 0.5)).run().values();
 * }</pre>
 */
public final class InMemoryMerge {
  private record Source(String label, DType type, float[] values, @Nullable Map<String, Object> parameters) {}

  /** @param passes how often the method went over the tensor */
  public record Result(DType type, float[] values, List<String> warnings, int passes) {}

  private final MergeMethod method;
  private final List<Source> sources = new ArrayList<>();
  private final Map<String, Object> globals = new HashMap<>();
  private String name = "model.layers.0.mlp.up_proj.weight";
  private @Nullable Shape shape;
  private int base = -1;
  private Mode mode = Mode.WOOTZ;
  private @Nullable Arithmetic arithmetic;
  private long seed = 42;
  private long tileElements = 4096;
  private long order = 1;
  private int threads = 1;
  private boolean probes = true;
  private @Nullable DType outputType;
  private DrawStream draws = new PlainMersenneTwister(42).from(0);

  private InMemoryMerge(MergeMethod method) {
    this.method = method;
  }

  public static InMemoryMerge of(MergeMethod method) {
    return new InMemoryMerge(method);
  }

  /** Output tensor's name. */
  public InMemoryMerge name(String name) {
    this.name = name;
    return this;
  }

  /** Default: one row of all elements. */
  public InMemoryMerge shape(long... extents) {
    this.shape = Shape.of(extents);
    return this;
  }

  /** A base that the recipe does not list among the models. */
  public InMemoryMerge base(DType type, float[] values) {
    base = sources.size();
    sources.add(new Source("base", type, values, null));
    return this;
  }

  /** A base that the recipe also lists as a model. */
  public InMemoryMerge listedBase(DType type, float[] values, Map<String, ?> parameters) {
    base = sources.size();
    return model("base", type, values, parameters);
  }

  /** @param parameters numbers and flags; what is absent takes the method's default */
  public InMemoryMerge model(String label, DType type, float[] values, Map<String, ?> parameters) {
    sources.add(new Source(label, type, values, Map.copyOf(parameters)));
    return this;
  }

  /** A parameter of the recipe's top level. */
  public InMemoryMerge global(String name, Object value) {
    globals.put(name, value);
    return this;
  }

  public InMemoryMerge mode(Mode mode) {
    this.mode = mode;
    return this;
  }

  /** Default: what {@link TensorTask#arithmetic} says. */
  public InMemoryMerge arithmetic(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
    return this;
  }

  public InMemoryMerge seed(long seed) {
    this.seed = seed;
    this.draws = new PlainMersenneTwister(seed).from(0);
    return this;
  }

  /** Default: MT19937 of the seed from its first output on. */
  public InMemoryMerge draws(DrawStream draws) {
    this.draws = draws;
    return this;
  }

  /** Elements of a tile: rounded up to a multiple of 1024 for {@link Tiling#ELEMENTS}, down to whole rows (at least one) else. */
  public InMemoryMerge tile(long elements) {
    this.tileElements = elements;
    return this;
  }

  /** Seed of the order in which tiles are visited. */
  public InMemoryMerge order(long order) {
    this.order = order;
    return this;
  }

  public InMemoryMerge threads(int threads) {
    this.threads = threads;
    return this;
  }

  /** Whether passes are shown the probes that they ask for. Default: yes. */
  public InMemoryMerge probes(boolean probes) {
    this.probes = probes;
    return this;
  }

  /** Default: what the method says for the base's dtype (the first model's without a base). */
  public InMemoryMerge outputType(DType type) {
    this.outputType = type;
    return this;
  }

  public Result run() {
    List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    List<Tensor> inputs = new ArrayList<>();
    DType type = outputType();
    Shape shape = this.shape == null ? Shape.of(sources.get(0).values.length) : this.shape;
    Tensor output = poisoned(type, shape);
    try {
      for (Source source : sources) {
        inputs.add(Elements.tensor(source.type, shape, source.values));
      }
      // The tiling is asked for before the number of tiles is known.
      Tiling tiling = method.tiling(task(shape, type, 0, warnings));
      List<Tile> tiles = tiles(tiling, inputs, output);
      int passes = 0;
      for (Pass pass = method.start(task(shape, type, tiles.size(), warnings)); pass != null; pass = next(pass)) {
        if (probes) {
          probe(pass, tiling, inputs, shape);
        }
        visit(pass, tiles);
        passes++;
      }
      return new Result(type, Elements.floats(output), List.copyOf(warnings), passes);
    } finally {
      output.memory().close();
      inputs.forEach(input -> input.memory().close());
    }
  }

  /** The task as the method sees it, for methods called by hand. */
  public TensorTask task() {
    Shape shape = this.shape == null ? Shape.of(sources.get(0).values.length) : this.shape;
    return task(shape, outputType(), 1, new ArrayList<>());
  }

  private DType outputType() {
    return outputType != null ? outputType : method.outputType(sources.get(Math.max(base, 0)).type, mode);
  }

  private TensorTask task(Shape shape, DType type, int tiles, List<String> warnings) {
    List<TensorTask.ModelInput> models = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      if (source.parameters != null) {
        models.add(new TensorTask.ModelInput(i, i, source.label, parameters(Parameter.Scope.MODEL, source.parameters)));
      }
    }
    return new TensorTask(
        name,
        shape,
        type,
        sources.stream().map(Source::type).toList(),
        models,
        base,
        parameters(Parameter.Scope.GLOBAL, globals),
        mode,
        arithmetic != null ? arithmetic : arithmetic(type),
        seed,
        CpuKernels.get(),
        tiles,
        mode == Mode.MERGEKIT ? draws : DrawStream.NONE,
        warnings::add);
  }

  private Arithmetic arithmetic(DType output) {
    if (mode == Mode.MERGEKIT) {
      return Arithmetic.torch(sources.get(Math.max(base, 0)).type);
    }
    boolean small = output.bytes() <= 2 && sources.stream().allMatch(source -> source.type.bytes() <= 2);
    return small ? Arithmetic.F32 : Arithmetic.F64;
  }

  private Parameters parameters(Parameter.Scope scope, Map<String, Object> given) {
    Map<String, Object> values = new HashMap<>();
    for (Parameter parameter : method.parameters()) {
      if (parameter.scope() == scope && parameter.fallback() != null && parameter.fallback() != Parameter.OPTIONAL) {
        values.put(parameter.name(), parameter.fallback());
      }
    }
    given.forEach((name, value) -> values.put(name, value instanceof Number number ? (Object) number.doubleValue() : value));
    return new Parameters(values);
  }

  private List<Tile> tiles(Tiling tiling, List<Tensor> inputs, Tensor output) {
    long cols = output.shape().cols();
    long n = output.elements();
    long step =
        tiling == Tiling.ROWS ? Math.max(1, tileElements / Math.max(1, cols)) * cols : Math.max(1, (tileElements + 1023) / 1024) * 1024;
    List<Tile> tiles = new ArrayList<>();
    for (long first = 0; first < n; first += step) {
      long elements = Math.min(step, n - first);
      Shape piece = tiling == Tiling.ROWS ? Shape.of(elements / cols, cols) : Shape.of(1, elements);
      tiles.add(new InMemoryTile(tiles.size(), first, piece, inputs, output));
    }
    return tiles;
  }

  /** Shows the probes that a pass asks for: up to 1024 elements each, whole rows for {@link Tiling#ROWS}. */
  private static void probe(Pass pass, Tiling tiling, List<Tensor> inputs, Shape shape) {
    int probes = pass.probes();
    long n = shape.elements();
    long cols = tiling == Tiling.ROWS ? shape.cols() : 1;
    long size = Math.min(n / cols, Math.max(1, 1024 / cols)) * cols;
    for (int i = 0; i < probes; i++) {
      long first = (n - size) / cols * i / Math.max(1, probes - 1) * cols;
      Shape piece = tiling == Tiling.ROWS ? Shape.of(size / cols, cols) : Shape.of(1, size);
      InMemoryTile tile = new InMemoryTile(i, first, piece, inputs, null);
      pass.probe(tile);
      tile.freeScratch();
    }
  }

  private void visit(Pass pass, List<Tile> tiles) {
    List<Tile> shuffled = new ArrayList<>(tiles);
    Collections.shuffle(shuffled, new Random(order));
    if (threads == 1) {
      shuffled.forEach(tile -> handle(pass, tile));
      return;
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      shuffled.forEach(tile -> running.add(pool.submit(() -> handle(pass, tile))));
      for (Future<?> tile : running) {
        tile.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      pool.shutdown();
    }
  }

  private static void handle(Pass pass, Tile tile) {
    try {
      pass.tile(tile);
    } finally {
      ((InMemoryTile) tile).freeScratch();
    }
  }

  private static @Nullable Pass next(Pass pass) {
    Pass next = pass.finish();
    if (pass.writes() != (next == null)) {
      throw new IllegalStateException("a pass that " + (pass.writes() ? "writes has" : "does not write lacks") + " a next one");
    }
    return next;
  }

  private static Tensor poisoned(DType type, Shape shape) {
    Tensor tensor = new Tensor(Memory.allocate(Math.max(64, shape.elements() * type.bytes())), 0, type, shape);
    poison(tensor);
    return tensor;
  }

  private static void poison(Tensor tensor) {
    var buffer = tensor.buffer();
    while (buffer.hasRemaining()) {
      buffer.put((byte) 0xFF);
    }
  }

  private static final class InMemoryTile implements Tile {
    private final int index;
    private final long first;
    private final Shape piece;
    private final List<Tensor> inputs;
    private final @Nullable Tensor output;
    private final List<Memory> scratch = new ArrayList<>();

    InMemoryTile(int index, long first, Shape piece, List<Tensor> inputs, @Nullable Tensor output) {
      this.index = index;
      this.first = first;
      this.piece = piece;
      this.inputs = inputs;
      this.output = output;
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public long first() {
      return first;
    }

    @Override
    public long rows() {
      return piece.extent(0);
    }

    @Override
    public long cols() {
      return piece.extent(1);
    }

    @Override
    public Tensor input(int source) {
      return cut(inputs.get(source));
    }

    @Override
    public Tensor output() {
      if (output == null) {
        throw new IllegalStateException("a probe has no output");
      }
      return cut(output);
    }

    @Override
    public Tensor scratch(DType type, long elements) {
      Tensor tensor = poisoned(type, Shape.of(elements));
      scratch.add(tensor.memory());
      return tensor;
    }

    void freeScratch() {
      scratch.forEach(Memory::close);
      scratch.clear();
    }

    private Tensor cut(Tensor whole) {
      return new Tensor(whole.memory(), whole.offset() + first * whole.dtype().bytes(), whole.dtype(), piece);
    }
  }
}
