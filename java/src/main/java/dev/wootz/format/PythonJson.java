package dev.wootz.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;

/** JSON as Hugging Face's libraries write it, which is Python's {@code json.dumps(value, indent=2)} and a final line feed, in UTF-8. */
public final class PythonJson {
  private static final int MAX_DIGITS = 17;

  private PythonJson() {}

  static byte[] bytes(JsonNode value) {
    Separators separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withArrayEmptySeparator("")
            .withObjectEmptySeparator("");
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators);
    printer.indentArraysWith(lines);
    printer.indentObjectsWith(lines);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new PythonNumbers(JsonFiles.JSON.getFactory().createGenerator(bytes))) {
      json.setPrettyPrinter(printer);
      JsonFiles.JSON.writeTree(json, value);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    bytes.write('\n');
    return bytes.toByteArray();
  }

  /**
   * A number as Python prints it: the fewest digits that are read back as the same number, {@code 1e-06}, {@code 1000000.0}, {@code 1e+16}.
   * Not {@link Double#toString}, whose digits are not always the fewest before JDK 19.
   */
  public static String text(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = shortest(value);
    String digits = shortest.unscaledValue().abs().toString();
    String sign = value < 0 ? "-" : "";
    int exponent = digits.length() - 1 - shortest.scale();
    if (exponent < -4 || exponent >= 16) {
      String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
      return sign + digits.charAt(0) + fraction + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    String plain = shortest.abs().toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; digits < MAX_DIGITS; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits));
      if (rounded.doubleValue() == value) {
        return rounded.stripTrailingZeros();
      }
    }
    return exact.round(new MathContext(MAX_DIGITS)).stripTrailingZeros();
  }

  private static final class PythonNumbers extends JsonGeneratorDelegate {
    PythonNumbers(JsonGenerator delegate) {
      super(delegate);
    }

    @Override
    public void writeNumber(double value) throws IOException {
      delegate.writeNumber(text(value));
    }

    @Override
    public void writeNumber(float value) throws IOException {
      writeNumber(Double.parseDouble(Float.toString(value)));
    }
  }
}
