package dev.wootz.format;

import dev.wootz.tensor.DType;
import java.util.Optional;

/** GGUF's numbers of element types. Source: the GGUF specification, github.com/ggml-org/ggml, docs/gguf.md, "ggml_type". */
final class GgufType {
  private GgufType() {}

  /** The type with this number, empty for a number that the format does not define or Wootz does not hold: {@link #nameOf} tells. */
  static Optional<DType> of(int number) {
    return Optional.ofNullable(
        switch (number) {
          case 0 -> DType.F32;
          case 1 -> DType.F16;
          case 2 -> DType.Q4_0;
          case 3 -> DType.Q4_1;
          case 6 -> DType.Q5_0;
          case 7 -> DType.Q5_1;
          case 8 -> DType.Q8_0;
          case 10 -> DType.Q2_K;
          case 11 -> DType.Q3_K;
          case 12 -> DType.Q4_K;
          case 13 -> DType.Q5_K;
          case 14 -> DType.Q6_K;
          case 20 -> DType.IQ4_NL;
          case 23 -> DType.IQ4_XS;
          case 24 -> DType.I8;
          case 25 -> DType.I16;
          case 26 -> DType.I32;
          case 27 -> DType.I64;
          case 28 -> DType.F64;
          case 30 -> DType.BF16;
          case 34 -> DType.TQ1_0;
          case 35 -> DType.TQ2_0;
          case 39 -> DType.MXFP4;
          default -> null;
        });
  }

  /** The number of a type. Throws {@link IllegalArgumentException} for the types of safetensors that GGUF lacks, such as U8 and BOOL. */
  static int number(DType type) {
    for (int number = 0; number < 64; number++) {
      if (of(number).filter(type::equals).isPresent()) {
        return number;
      }
    }
    throw new IllegalArgumentException("GGUF has no tensors of type " + type);
  }

  /** The name of a type that the format defines and Wootz does not hold. */
  static Optional<String> nameOf(int number) {
    return Optional.ofNullable(
        switch (number) {
          case 4 -> "Q4_2, which was withdrawn";
          case 5 -> "Q4_3, which was withdrawn";
          case 9 -> "Q8_1";
          case 15 -> "Q8_K";
          case 16 -> "IQ2_XXS";
          case 17 -> "IQ2_XS";
          case 18 -> "IQ3_XXS";
          case 19 -> "IQ1_S";
          case 21 -> "IQ3_S";
          case 22 -> "IQ2_S";
          case 29 -> "IQ1_M";
          case 31, 32, 33 -> "Q4_0 repacked for one processor, which was withdrawn";
          case 36, 37, 38 -> "IQ4_NL repacked for one processor, which was withdrawn";
          case 40 -> "NVFP4";
          default -> null;
        });
  }
}
