package dev.wootz.merge;

import dev.wootz.merge.Parameter.Kind;
import dev.wootz.merge.Parameter.Scope;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.method.Methods;
import dev.wootz.merge.pipeline.MemoryMerge;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Merges tensors that are in memory, by any method of {@link Methods}, with the values that a recipe would give:
 *
 * <pre>{@code
 * float[] merged = TensorMerge.method("ties")
 *     .base(base)
 *     .model(math, Map.of("weight", 0.5, "density", 0.2))
 *     .model(code, Map.of("weight", 0.5, "density", 0.2))
 *     .toFloats();
 * }</pre>
 *
 * <p>For whole checkpoints see {@link Merge}. Setters return this object.
 */
public final class TensorMerge {
  private record Model(Object values, Map<String, ?> parameters) {}

  private final MergeMethod method;
  private final List<Model> models = new ArrayList<>();
  private final Map<String, Object> globals = new LinkedHashMap<>();
  private @Nullable Object base;
  private String name = "tensor";
  private long seed;
  private int threads = 1;
  private Consumer<String> warn = message -> {};

  private TensorMerge(MergeMethod method) {
    this.method = method;
  }

  /** Throws {@link MergeException} that lists the methods when there is none of that name. */
  public static TensorMerge method(String name) {
    return new TensorMerge(
        Methods.byName(name)
            .orElseThrow(
                () ->
                    new MergeException(
                        "no merge method " + name + ", expected one of " + Methods.all().stream().map(MergeMethod::name).toList())));
  }

  /** The tensor that the others are merged relative to. */
  public TensorMerge base(Tensor base) {
    this.base = base;
    return this;
  }

  public TensorMerge base(float[] base) {
    this.base = base;
    return this;
  }

  /** @param parameters numbers by name: weight, density, ...; what is absent takes the method's default */
  public TensorMerge model(Tensor x, Map<String, ?> parameters) {
    models.add(new Model(x, Map.copyOf(parameters)));
    return this;
  }

  public TensorMerge model(float[] x, Map<String, ?> parameters) {
    models.add(new Model(x, Map.copyOf(parameters)));
    return this;
  }

  /** A parameter of the whole merge: a number, a flag or a word. */
  public TensorMerge parameter(String name, Object value) {
    globals.put(name, value);
    return this;
  }

  /** With {@link #seed} the key of the random methods' choices. */
  public TensorMerge name(String name) {
    this.name = name;
    return this;
  }

  public TensorMerge seed(long seed) {
    this.seed = seed;
    return this;
  }

  /** 1 by default. The result does not depend on it. */
  public TensorMerge threads(int threads) {
    this.threads = threads;
    return this;
  }

  public TensorMerge warnings(Consumer<String> warn) {
    this.warn = warn;
    return this;
  }

  /** Merges float32 arrays, or tensors, into a new array. */
  public float[] toFloats() {
    if (models.isEmpty()) {
      throw new MergeException("nothing to merge: add models first");
    }
    long n = models.get(0).values() instanceof float[] array ? array.length : ((Tensor) models.get(0).values()).elements();
    try (Memory memory = Memory.allocate(n * Float.BYTES)) {
      Tensor out = Tensor.over(memory, DType.F32, n);
      into(out);
      return out.toFloats();
    }
  }

  /**
   * Merges into {@code out}, which may not share memory with an input. Throws {@link MergeException} for parameters that the method does
   * not take, lacks or cannot merge with, and for tensors of unequal size.
   */
  public void into(Tensor out) {
    List<Memory> copies = new ArrayList<>();
    try {
      List<Tensor> sources = new ArrayList<>();
      List<ModelInput> inputs = new ArrayList<>();
      for (Model model : models) {
        int number = inputs.size();
        String label = "model " + number;
        inputs.add(new ModelInput(number, number, label, resolve(model.parameters(), Scope.MODEL, label)));
        sources.add(tensor(model.values(), out, copies));
      }
      if (base != null) {
        sources.add(tensor(base, out, copies));
      }
      requireCounts();
      Parameters parameters = resolve(globals, Scope.GLOBAL, "the merge");
      method.check(parameters, inputs, Mode.WOOTZ);
      MemoryMerge.run(
          name, method, sources, inputs, base == null ? -1 : models.size(), parameters, out, seed, threads, warn);
    } finally {
      copies.forEach(Memory::close);
    }
  }

  private void requireCounts() {
    if (base == null && method.baseModel() == MergeMethod.BaseModel.REQUIRED) {
      throw new MergeException(method.name() + " merges relative to a base: give one with base(...)");
    }
    if (models.size() < method.minModels() || models.size() > method.maxModels()) {
      throw new MergeException(
          method.name() + " merges " + method.minModels() + " to " + method.maxModels() + " models, found " + models.size());
    }
  }

  private static Tensor tensor(Object values, Tensor out, List<Memory> copies) {
    Tensor tensor;
    if (values instanceof float[] array) {
      tensor = Tensor.of(array);
      copies.add(tensor.memory());
    } else {
      tensor = (Tensor) values;
    }
    if (tensor.elements() != out.elements()) {
      throw new MergeException("found a tensor of " + tensor.elements() + " elements, expected " + out.elements() + " as in the output");
    }
    return new Tensor(tensor.memory(), tensor.offset(), tensor.dtype(), out.shape());
  }

  private Parameters resolve(Map<String, ?> given, Scope scope, String owner) {
    Map<String, Object> values = new TreeMap<>();
    Map<String, Object> unknown = new TreeMap<>(given);
    for (Parameter parameter : method.parameters()) {
      if (parameter.scope() != scope) {
        continue;
      }
      Object value = unknown.remove(parameter.name());
      if (value == null && scope == Scope.MODEL) {
        value = globals.get(parameter.name());
      }
      if (value == null) {
        value = parameter.fallback();
      }
      if (value == null) {
        throw new MergeException(method.name() + " needs `" + parameter.name() + "` for " + owner);
      }
      if (value != Parameter.OPTIONAL) {
        values.put(parameter.name(), typed(parameter, value, owner));
      }
    }
    unknown.keySet().removeIf(key -> scope == Scope.GLOBAL && takes(key));
    if (!unknown.isEmpty()) {
      throw new MergeException(
          method.name() + " takes no `" + unknown.keySet().iterator().next() + "` for " + owner + ", only "
              + method.parameters().stream().filter(p -> p.scope() == scope).map(Parameter::name).toList());
    }
    return new Parameters(values);
  }

  private boolean takes(String name) {
    return method.parameters().stream().anyMatch(parameter -> parameter.name().equals(name));
  }

  private static Object typed(Parameter parameter, Object value, String owner) {
    boolean fits =
        switch (parameter.kind()) {
          case NUMBER -> value instanceof Number;
          case FLAG -> value instanceof Boolean;
          case CHOICE -> parameter.choices().contains(value);
        };
    if (!fits) {
      throw new MergeException("`" + parameter.name() + "` of " + owner + " is " + value + ", expected a " + parameter.kind());
    }
    if (parameter.kind() != Kind.NUMBER) {
      return value;
    }
    double number = ((Number) value).doubleValue();
    if (!(number >= parameter.least() && number <= parameter.most())) {
      throw new MergeException(
          "`" + parameter.name() + "` of " + owner + " is " + number + ", expected " + parameter.least() + " to " + parameter.most());
    }
    return number;
  }
}
