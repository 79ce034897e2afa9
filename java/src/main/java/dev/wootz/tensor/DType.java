package dev.wootz.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Element types of tensors: safetensors' names, PyTorch's names, sizes, and the code that the native operations use. From {@link #Q4_0} on
 * GGUF's block types, which store 32 or 256 elements with a scale of their own: they have no bytes of one element, and no place in
 * safetensors files.
 */
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
  BOOL("BOOL", "bool", 1, -1),
  Q4_0(32, 18, 32),
  Q4_1(32, 20, 33),
  Q5_0(32, 22, 34),
  Q5_1(32, 24, 35),
  Q8_0(32, 34, 36),
  Q2_K(256, 84, 37),
  Q3_K(256, 110, 38),
  Q4_K(256, 144, 39),
  Q5_K(256, 176, 40),
  Q6_K(256, 210, 41),
  IQ4_NL(32, 18, 42),
  IQ4_XS(256, 136, 43),
  TQ1_0(256, 54, 44),
  TQ2_0(256, 66, 45),
  MXFP4(32, 17, 46);

  private final String safetensorsName;
  private final String torchName;
  private final int blockElements;
  private final int blockBytes;
  private final int code;

  DType(String safetensorsName, String torchName, int bytes, int code) {
    this.safetensorsName = safetensorsName;
    this.torchName = torchName;
    this.blockElements = 1;
    this.blockBytes = bytes;
    this.code = code;
  }

  DType(int blockElements, int blockBytes, int code) {
    this.safetensorsName = name();
    this.torchName = name().toLowerCase(Locale.ROOT);
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
    this.code = code;
  }

  /** The name in a safetensors header: {@code "BF16"}; a block type's name in GGUF. */
  public String safetensorsName() {
    return safetensorsName;
  }

  /** The name in config.json and recipes, without the {@code torch.} prefix: {@code "bfloat16"}. */
  public String torchName() {
    return torchName;
  }

  /** Bytes of one element. Throws {@link IllegalStateException} for a block type. */
  public int bytes() {
    if (block()) {
      throw new IllegalStateException(this + " stores blocks of " + blockElements + " elements, an element has no bytes of its own");
    }
    return blockBytes;
  }

  /** Whether this is a block type of GGUF. */
  public boolean block() {
    return blockElements > 1;
  }

  /** Elements of a block; 1 for a plain type. */
  public int blockElements() {
    return blockElements;
  }

  /** Bytes of a block; of an element for a plain type. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Bytes of so many elements. Throws {@link IllegalArgumentException} for a block type when they do not fill whole blocks. */
  public long bytes(long elements) {
    if (elements % blockElements != 0) {
      throw new IllegalArgumentException(elements + " elements are not whole blocks of " + blockElements + " (" + this + ")");
    }
    return Math.multiplyExact(elements / blockElements, (long) blockBytes);
  }

  /** The {@code wz_dtype} of this type. Throws {@link IllegalStateException} for types that no operation computes with. */
  public int code() {
    if (code < 0) {
      throw new IllegalStateException("no operation computes with " + torchName + " tensors");
    }
    return code;
  }

  /** Whether operations can convert this type: false for u16, u32, u64 and bool, which are only carried along, and for block types. */
  public boolean convertible() {
    return code >= 0 && !block();
  }

  /** float64, float32, float16, bfloat16 or one of the 8-bit floats. */
  public boolean floating() {
    return ordinal() <= F8_E5M2.ordinal();
  }

  /** The types that a safetensors file can hold. */
  public static List<DType> safetensorsTypes() {
    return Arrays.stream(values()).filter(type -> !type.block()).toList();
  }

  public static Optional<DType> bySafetensorsName(String name) {
    for (DType type : values()) {
      if (!type.block() && type.safetensorsName.equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** {@code "bfloat16"} or {@code "torch.bfloat16"}. */
  public static Optional<DType> byTorchName(String name) {
    String bare = name.startsWith("torch.") ? name.substring("torch.".length()) : name;
    for (DType type : values()) {
      if (!type.block() && type.torchName.equals(bare)) {
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
