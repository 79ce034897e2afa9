package dev.wootz.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.Embedder;
import dev.wootz.engine.EmbeddingOptions;
import dev.wootz.engine.Model;
import dev.wootz.engine.Pooling;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "embed",
    header = "Texts as vectors.",
    description = {
      "",
      "Writes a line {\"embedding\": [...]} for the text, with --jsonl for each line {\"text\": ...} of standard input, in their order.",
      "Lines that have arrived are computed together; each has the numbers that it has alone. A line that cannot be embedded gives",
      "{\"error\": ...}; the others still are.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz embed --model Qwen3-Embedding-0.6B --text \"Wootz is a steel\"",
      "  wootz embed --model M --jsonl < texts.jsonl > vectors.jsonl",
      "  wootz embed --model M --jsonl --dimensions 256 --instruction 'Query: ' < queries.jsonl",
      "",
      "Exit codes: 0 all embedded, 1 a text could not be, 2 wrong usage."
    })
final class EmbedCommand implements Callable<Integer> {
  /** Lines that are read ahead. */
  private static final int MOST_LINES = 256;

  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ModelOptions model;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Input input;

  /** One text or many. */
  static final class Input {
    @Option(names = "--text", paramLabel = "T", description = "The text.")
    private @Nullable String text;

    @Option(names = "--jsonl", description = "Lines of JSON in and out.")
    private boolean jsonl;
  }

  @Option(names = "--pooling", paramLabel = "P",
      description = "Which hidden states count: last, mean, first (default: what the model's files say; else last where the tokenizer puts a token"
          + " after a text, mean where it does not).")
  private @Nullable Pooling pooling;

  @Option(names = "--no-normalize", description = "Leave the vectors at the length they have; otherwise it becomes 1.")
  private boolean plain;

  @Option(names = "--dimensions", paramLabel = "N", converter = Count.class,
      description = "Only the first N numbers, for models trained so (Matryoshka); cut before normalising.")
  private @Nullable Integer dimensions;

  @Option(names = "--instruction", paramLabel = "I", defaultValue = "", description = "Put this before every text, as it is.")
  private String instruction;

  @Option(names = "--truncate", description = "Cut texts that are longer than the context; otherwise they are refused.")
  private boolean truncate;

  @Override
  public Integer call() {
    EmbeddingOptions options = new EmbeddingOptions(pooling, !plain, dimensions == null ? 0 : dimensions, instruction, truncate);
    PrintWriter out = spec.commandLine().getOut();
    try (Model loaded = model.load();
        Embedder embedder = embedder(loaded, options)) {
      loaded.tokenizer();
      if (input.text != null) {
        out.println(answer(embedder.embedIds(List.of(ids(embedder, input.text)))).get(0));
        return 0;
      }
      boolean clean =
          JsonLines.answerTogether(System.in, out, MOST_LINES, line -> embedder.ids(text(line)), ids -> answer(embedder.embedIds(ids)));
      return clean ? 0 : Failures.FAILED;
    }
  }

  private Embedder embedder(Model loaded, EmbeddingOptions options) {
    try {
      return loaded.embedder(options);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  private int[] ids(Embedder embedder, String text) {
    try {
      return embedder.ids(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--text: " + e.getMessage(), e);
    }
  }

  private static String text(JsonNode line) {
    if (!line.path("text").isTextual()) {
      throw new IllegalArgumentException("found no \"text\", expected a string");
    }
    return line.get("text").textValue();
  }

  private static List<ObjectNode> answer(List<float[]> embeddings) {
    return embeddings.stream().map(EmbedCommand::answer).toList();
  }

  private static ObjectNode answer(float[] embedding) {
    ObjectNode answer = Json.object();
    ArrayNode numbers = answer.putArray("embedding");
    for (float v : embedding) {
      numbers.add(v);
    }
    return answer;
  }
}
