package dev.wootz.format;

import dev.wootz.format.SafetensorsHeader.Entry;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An open safetensors file. Its header is checked in full when it is opened: afterwards every tensor's bytes are known to lie inside the
 * file and to belong to no other tensor.
 *
 * <p>Safe from any number of threads; not to be closed while another thread reads or uses a mapped tensor. A thread that is interrupted
 * while reading gets a {@link java.util.concurrent.CancellationException}; other readers go on.
 *
 * <p>Source: the safetensors format, github.com/huggingface/safetensors, README "Format".
 */
public final class SafetensorsFile implements AutoCloseable {
  private final TensorData data;
  private final Map<String, String> metadata;
  private final String headerSha256;

  private SafetensorsFile(PositionalFile file) {
    long bytes = file.size();
    byte[] prefix = bytes(file, 0, (int) Math.min(bytes, OtherFormats.PREFIX_BYTES));
    int length = SafetensorsHeader.length(file.path(), prefix, bytes);
    byte[] json = bytes(file, SafetensorsHeader.LENGTH_BYTES, length);
    long dataStart = SafetensorsHeader.LENGTH_BYTES + length;
    SafetensorsHeader header = SafetensorsHeader.parse(file.path(), json, bytes - dataStart);
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    for (Entry entry : header.entries()) {
      infos.put(
          entry.name(),
          new TensorInfo(
              entry.name(), entry.dtype(), entry.shape(), file.path(), dataStart + entry.begin(), entry.end() - entry.begin()));
    }
    this.data = new TensorData(file, bytes, infos);
    this.metadata = header.metadata();
    this.headerSha256 = sha256(prefix, json);
  }

  /** Opens and checks a file. Throws {@link FormatException}. */
  public static SafetensorsFile open(Path path) {
    PositionalFile file = PositionalFile.read(path);
    try {
      return new SafetensorsFile(file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  public Path path() {
    return data.path();
  }

  /** The tensors by name, in the order of their data in the file. */
  public Map<String, TensorInfo> tensors() {
    return data.tensors();
  }

  /** The free-form strings of the header, such as {@code format = pt}. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** SHA-256 of the header, its 8 length bytes included, in lower-case hexadecimal: changes with names, types, shapes, order, metadata. */
  public String headerSha256() {
    return headerSha256;
  }

  /**
   * Reads a part of a tensor of this file: fills the remaining bytes of {@code into} from byte {@code byteOffset} of the tensor on.
   *
   * <p>Throws {@link IndexOutOfBoundsException} when the part leaves the tensor and {@link FormatException} when the file has become
   * shorter or cannot be read.
   */
  public void read(TensorInfo tensor, long byteOffset, ByteBuffer into) {
    data.read(tensor, byteOffset, into);
  }

  /**
   * A tensor as a view of the memory-mapped file, valid until this file is closed. The file must not be shortened while it is mapped: the
   * system ends a process that touches pages that are gone. {@link #read} has no such danger.
   */
  public Tensor map(String name) {
    return data.map(name);
  }

  @Override
  public void close() {
    data.close();
  }

  private static byte[] bytes(PositionalFile file, long position, int length) {
    byte[] result = new byte[length];
    file.read(position, ByteBuffer.wrap(result), null);
    return result;
  }

  private static String sha256(byte[] prefix, byte[] json) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(prefix, 0, SafetensorsHeader.LENGTH_BYTES);
      return HexFormat.of().formatHex(digest.digest(json));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
