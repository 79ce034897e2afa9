package dev.wootz.tensor;

import java.util.Locale;
import java.util.Optional;

/** Element types of tensors: safetensors' names, PyTorch's names, sizes, and the code that the native operations use. */
public enum DType {
  F64("F64", "float64", 8, 3),
  F32("F32", "float32", 4, 0),
  F16("F16", "float16", 2, 1),
  BF16("BF16", "bfloat16", 2, 2),
  F8_E4M3("F8_E4M3", "float8_e4m3fn", 1, 4),
  F8_E5M2("F8_E5M2", "float8_e5m2", 1, 5),
  I64("I64", "int64", 8, 10),
  I32("I32", "int32", 4, 9),
  I16("I16", "int16", 2, 8),
  I8("I8", "int8", 1, 6),
  U64("U64", "uint64", 8, -1),
  U32("U32", "uint32", 4, -1),
  U16("U16", "uint16", 2, -1),
  U8("U8", "uint8", 1, 7),
  BOOL("BOOL", "bool", 1, -1);

  private final String safetensorsName;
  private final String torchName;
  private final int bytes;
  private final int code;

  DType(String safetensorsName, String torchName, int bytes, int code) {
    this.safetensorsName = safetensorsName;
    this.torchName = torchName;
    this.bytes = bytes;
    this.code = code;
  }

  /** The name in a safetensors header: {@code "BF16"}. */
  public String safetensorsName() {
    return safetensorsName;
  }

  /** The name in config.json and recipes, without the {@code torch.} prefix: {@code "bfloat16"}. */
  public String torchName() {
    return torchName;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The {@code wz_dtype} of this type. Throws {@link IllegalStateException} for types that no operation computes with. */
  public int code() {
    if (code < 0) {
      throw new IllegalStateException("no operation computes with " + torchName + " tensors");
    }
    return code;
  }

  /** Whether operations can convert this type: false for u16, u32, u64 and bool, which are only carried along. */
  public boolean convertible() {
    return code >= 0;
  }

  /** float64, float32, float16, bfloat16 or one of the 8-bit floats. */
  public boolean floating() {
    return ordinal() <= F8_E5M2.ordinal();
  }

  public static Optional<DType> bySafetensorsName(String name) {
    for (DType type : values()) {
      if (type.safetensorsName.equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** {@code "bfloat16"} or {@code "torch.bfloat16"}. */
  public static Optional<DType> byTorchName(String name) {
    String bare = name.startsWith("torch.") ? name.substring("torch.".length()) : name;
    for (DType type : values()) {
      if (type.torchName.equals(bare)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return safetensorsName.toLowerCase(Locale.ROOT);
  }
}
