package dev.wootz.model;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufNames;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A GGUF file, with llama.cpp's names of tensors. The experts of a layer are one tensor there, of which each is a slice. */
final class GgufWeights implements WeightSource {
  private final GgufFile file;
  private final ModelConfig config;

  private GgufWeights(GgufFile file) {
    this.file = file;
    this.config = GgufConfig.read(file);
  }

  static GgufWeights open(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      return new GgufWeights(file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /** Where a tensor lies: all of one, or the slice of one expert. */
  private record Place(String name, int expert) {}

  private static @Nullable Place place(String name) {
    return GgufNames.expert(name)
        .map(expert -> new Place(expert.stack(), expert.index()))
        .or(() -> GgufNames.ofHuggingFace(name).map(own -> new Place(own, -1)))
        .orElse(null);
  }

  GgufFile file() {
    return file;
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public boolean has(String name) {
    Place place = place(name);
    return place != null && file.tensors().containsKey(place.name());
  }

  @Override
  public Tensor tensor(String name) {
    Place place = place(name);
    if (place == null || !file.tensors().containsKey(place.name())) {
      throw new FormatException(
          Reason.TENSOR_MISSING, path(), place == null ? name : place.name(), "not in this file, which has " + file.tensors().size() + " tensors");
    }
    Tensor tensor = file.map(place.name());
    return place.expert() < 0 ? tensor : slice(tensor, place);
  }

  /** One matrix of [experts, rows, cols]. */
  private Tensor slice(Tensor all, Place place) {
    Shape shape = all.shape();
    if (shape.rank() != 3 || place.expert() >= shape.extent(0)) {
      throw new FormatException(
          Reason.TENSOR_SHAPE, path(), place.name(), "found shape " + shape + ", expected [experts, rows, cols] with an expert " + place.expert());
    }
    Shape one = Shape.of(shape.extent(1), shape.extent(2));
    return new Tensor(all.memory(), all.offset() + place.expert() * all.dtype().bytes(one.elements()), all.dtype(), one);
  }

  @Override
  public void close() {
    file.close();
  }
}
