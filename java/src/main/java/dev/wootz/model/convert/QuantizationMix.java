package dev.wootz.model.convert;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which type each tensor of a model gets: {@code q4_k_m} and its like are llama.cpp's mixes, which spend more bits where errors hurt most (values
 * of attention and the MLP's second matrix in some layers, the output projection).
 */
public enum QuantizationMix {
  F32(DType.F32, 0),
  F16(DType.F16, 1),
  BF16(DType.BF16, 32),
  Q4_0(DType.Q4_0, 2),
  Q4_1(DType.Q4_1, 3),
  Q5_0(DType.Q5_0, 8),
  Q5_1(DType.Q5_1, 9),
  Q8_0(DType.Q8_0, 7),
  Q2_K(DType.Q2_K, 10),
  Q3_K_S(DType.Q3_K, 11),
  Q3_K_M(DType.Q3_K, 12),
  Q3_K_L(DType.Q3_K, 13),
  Q4_K_S(DType.Q4_K, 14),
  Q4_K_M(DType.Q4_K, 15),
  Q5_K_S(DType.Q5_K, 16),
  Q5_K_M(DType.Q5_K, 17),
  Q6_K(DType.Q6_K, 18);

  /**
   * What the choice depends on beside the tensor.
   *
   * @param tied whether the embedding is the output projection too
   * @param experts of a layer, 0 for a dense model
   */
  public record Model(int layers, int heads, int kvHeads, int experts, boolean tied) {}

  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,6})\\.(.+)\\.weight");

  private final DType type;
  private final int fileType;

  QuantizationMix(DType type, int fileType) {
    this.type = type;
    this.fileType = fileType;
  }

  /** The type of most matrices. */
  public DType type() {
    return type;
  }

  /** {@code general.file_type} of GGUF. */
  public int fileType() {
    return fileType;
  }

  /** {@code "q4_k_m"}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** By its name in any case; {@code q4_k} is {@code q4_k_m}, as elsewhere. */
  public static Optional<QuantizationMix> named(String name) {
    String upper = name.toUpperCase(Locale.ROOT).replace('-', '_');
    List<String> candidates = List.of(upper, upper + "_M");
    return candidates.stream().flatMap(wanted -> Arrays.stream(values()).filter(mix -> mix.name().equals(wanted))).findFirst();
  }

  /** The type of a tensor with GGUF's name and this shape. */
  public DType typeOf(String name, Shape shape, Model model) {
    if (!quantized(name, shape)) {
      return DType.F32;
    }
    if (!type.block()) {
      return type;
    }
    return fitting(wanted(name, shape.cols(), model), shape.cols());
  }

  /** Matrices, but for the router of experts, whose few numbers decide much. */
  static boolean quantized(String name, Shape shape) {
    return shape.rank() >= 2 && name.endsWith(".weight") && !name.contains("_norm.") && !name.contains("ffn_gate_inp.");
  }

  private DType wanted(String name, long cols, Model model) {
    if (name.equals("output.weight") || model.tied() && name.equals("token_embd.weight")) {
      return cols % DType.Q6_K.blockElements() != 0 ? DType.Q8_0 : type == DType.Q8_0 ? type : DType.Q6_K;
    }
    Matcher block = BLOCK.matcher(name);
    if (!block.matches()) {
      return type;
    }
    int layer = Integer.parseInt(block.group(1));
    return switch (block.group(2)) {
      case "attn_v" -> values(layer, model);
      case "attn_k" -> model.experts() == 8 ? DType.Q8_0 : type;
      case "ffn_down", "ffn_down_exps" -> down(layer, model);
      case "attn_output" -> output(model);
      default -> type;
    };
  }

  private DType values(int layer, Model model) {
    if (model.experts() == 8) {
      return DType.Q8_0;
    }
    boolean shared = model.heads() / model.kvHeads() >= 4;
    return switch (this) {
      case Q2_K -> shared ? DType.Q4_K : DType.Q3_K;
      case Q3_K_M -> layer < 2 ? DType.Q5_K : DType.Q4_K;
      case Q3_K_L -> DType.Q5_K;
      case Q4_K_S -> layer < 4 ? DType.Q5_K : type;
      case Q4_K_M, Q5_K_M -> moreBits(layer, model.layers()) ? DType.Q6_K : type;
      default -> type;
    };
  }

  private DType down(int layer, Model model) {
    int layers = model.layers();
    return switch (this) {
      case Q2_K -> DType.Q3_K;
      case Q3_K_M -> layer < layers / 16 ? DType.Q5_K : DType.Q4_K;
      case Q3_K_L -> DType.Q5_K;
      case Q4_K_S -> layer < layers / 8 ? DType.Q5_K : type;
      case Q4_K_M, Q5_K_M -> moreBits(layer, layers) ? DType.Q6_K : type;
      default -> type;
    };
  }

  private DType output(Model model) {
    if (model.experts() == 8) {
      return switch (this) {
        case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M -> DType.Q5_K;
        default -> type;
      };
    }
    return switch (this) {
      case Q2_K -> DType.Q3_K;
      case Q3_K_M -> DType.Q4_K;
      case Q3_K_L -> DType.Q5_K;
      default -> type;
    };
  }

  /** The first eighth of the layers, the last, and each third between. */
  private static boolean moreBits(int layer, int layers) {
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
  }

  /** A type whose blocks fill rows of this length: blocks of 32 of about the same size in place of those of 256. */
  private static DType fitting(DType wanted, long cols) {
    DType type = wanted;
    if (cols % type.blockElements() != 0) {
      type =
          switch (wanted) {
            case Q2_K, Q3_K -> DType.Q4_0;
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            default -> wanted;
          };
    }
    return cols % type.blockElements() == 0 ? type : DType.F16;
  }
}
