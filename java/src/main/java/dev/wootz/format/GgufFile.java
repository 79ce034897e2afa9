package dev.wootz.format;

import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * An open GGUF file of version 2 or 3, little-endian. Its header is checked in full when it is opened: afterwards every tensor's bytes are
 * known to lie inside the file and to belong to no other tensor.
 *
 * <p>Safe from any number of threads; not to be closed while another thread reads or uses a mapped tensor. A thread that is interrupted
 * while reading gets a {@link java.util.concurrent.CancellationException}; other readers go on.
 *
 * <p>Source: the GGUF specification, github.com/ggml-org/ggml, docs/gguf.md.
 */
public final class GgufFile implements AutoCloseable {
  private final GgufHeader header;
  private final TensorData data;

  private GgufFile(PositionalFile file) {
    long bytes = file.size();
    header = GgufHeader.parse(file.path(), new GgufSource(file.path(), bytes, (position, into) -> file.read(position, into, null)));
    data = new TensorData(file, bytes, header.tensors());
  }

  /** Opens and checks a file. Throws {@link FormatException}. */
  public static GgufFile open(Path path) {
    PositionalFile file = PositionalFile.read(path);
    try {
      return new GgufFile(file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  public Path path() {
    return data.path();
  }

  /** 2 or 3. */
  public int version() {
    return header.version();
  }

  public GgufMetadata metadata() {
    return header.metadata();
  }

  /** The tensors by name, in the order of the file. Shapes are row-major: rows first, where the file begins with columns. */
  public Map<String, TensorInfo> tensors() {
    return data.tensors();
  }

  /** Fills the remaining bytes of {@code into} from byte {@code byteOffset} of a tensor on; as {@link SafetensorsFile#read}. */
  public void read(TensorInfo tensor, long byteOffset, ByteBuffer into) {
    data.read(tensor, byteOffset, into);
  }

  /** A tensor as a view of the mapped file, valid until this file is closed; as {@link SafetensorsFile#map}. */
  public Tensor map(String name) {
    return data.map(name);
  }

  @Override
  public void close() {
    data.close();
  }
}
