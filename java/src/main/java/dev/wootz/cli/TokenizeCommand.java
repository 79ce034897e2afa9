package dev.wootz.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "tokenize",
    header = "Cut text into a model's tokens, or put text together from them.",
    customSynopsis = {
      "wootz tokenize --model M [--add-special] [--no-added-tokens] [--json] TEXT",
      "       wootz tokenize --model M --decode [--skip-special] [--json] ID...",
      "       wootz tokenize --model M --jsonl [--decode] [options]"
    },
    description = {
      "",
      "With --jsonl, each line {\"text\": \"...\"} of standard input is answered by a line {\"ids\": [...]}, with --decode",
      "each line {\"ids\": [...]} by a line {\"text\": \"...\"}, at once, so that another program can hold a conversation. A line",
      "that is wrong is answered by {\"error\": \"line N: ...\"}; those after it are read all the same. Empty lines are passed over.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz tokenize --model java/examples/forgetting/base \"Once upon a time\"",
      "  wootz tokenize --model qwen3/ --no-added-tokens \"is <|im_end|> text?\"",
      "  wootz tokenize --model qwen3/ --decode 9707 11 1879",
      "  wootz tokenize --model qwen3/tokenizer.json --jsonl < texts.jsonl > ids.jsonl",
      "",
      "Exit codes: 0 done; 1 the model cannot be read, or a line was answered by an error; 2 wrong usage."
    })
final class TokenizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Option(names = {"-m", "--model"}, paramLabel = "M", required = true,
      description = "A Hugging Face folder, a tokenizer.json or a .gguf file.")
  private Path model;

  @Option(names = "--jsonl", description = "Read lines from standard input.")
  private boolean jsonl;

  @Option(names = "--decode", description = "From ids to text.")
  private boolean decode;

  @Option(names = "--add-special", description = "Put around the text what belongs around every text of the model, such as <s>.")
  private boolean addSpecial;

  @Option(names = {"--no-added-tokens", "--plain"}, description = "Take <|im_end|> and the like as ordinary text.")
  private boolean plain;

  @Option(names = "--skip-special", description = "With --decode: leave special tokens out.")
  private boolean skipSpecial;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Parameters(arity = "0..*", paramLabel = "TEXT | ID...", description = "The text; with --decode the ids, apart by spaces or commas.")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    requireSense();
    Tokenizer tokenizer = Tokenizer.load(model);
    PrintWriter out = spec.commandLine().getOut();
    if (jsonl) {
      return JsonLines.answer(System.in, out, line -> decode ? decoded(tokenizer, ids(line)) : encoded(tokenizer, text(line)))
          ? 0
          : Failures.FAILED;
    }
    if (decode) {
      ObjectNode text = decoded(tokenizer, words.stream().flatMap(word -> Stream.of(word.split(",", -1))).mapToInt(this::id).toArray());
      out.println(json ? text.toString() : text.get("text").textValue());
    } else if (json) {
      Json.print(withTokens(tokenizer, encoded(tokenizer, words.get(0))), out);
    } else {
      print(tokenizer, encode(tokenizer, words.get(0)), out);
    }
    return 0;
  }

  private void requireSense() {
    if (jsonl && !words.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "with --jsonl everything comes from standard input, found '" + words.get(0) + "'");
    }
    if (!jsonl && words.isEmpty()) {
      throw new ParameterException(spec.commandLine(), decode ? "expected ids to decode" : "expected a TEXT, or --jsonl");
    }
    if (!jsonl && !decode && words.size() > 1) {
      throw new ParameterException(spec.commandLine(), "expected one TEXT, found " + words.size() + ": put it in quotes");
    }
    if (decode && (addSpecial || plain)) {
      throw new ParameterException(
          spec.commandLine(), "--add-special and --no-added-tokens say how to encode; they do not go with --decode");
    }
    if (!decode && skipSpecial) {
      throw new ParameterException(spec.commandLine(), "--skip-special goes with --decode");
    }
  }

  private int id(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new ParameterException(spec.commandLine(), "expected ids to decode, found '" + word + "'", e);
    }
  }

  private static String text(JsonNode line) {
    if (!line.path("text").isTextual()) {
      throw new IllegalArgumentException("expected {\"text\": \"...\"}");
    }
    return line.get("text").textValue();
  }

  private static int[] ids(JsonNode line) {
    JsonNode ids = line.path("ids");
    if (!ids.isArray() || !StreamSupport.stream(ids.spliterator(), false).allMatch(JsonNode::isInt)) {
      throw new IllegalArgumentException("expected {\"ids\": [...]}, whole numbers of 32 bits");
    }
    return StreamSupport.stream(ids.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  private int[] encode(Tokenizer tokenizer, String text) {
    return tokenizer.encode(text, addSpecial, !plain);
  }

  private ObjectNode encoded(Tokenizer tokenizer, String text) {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("ids");
    for (int id : encode(tokenizer, text)) {
      list.add(id);
    }
    return answer;
  }

  private static ObjectNode withTokens(Tokenizer tokenizer, ObjectNode answer) {
    ArrayNode tokens = answer.putArray("tokens");
    answer.get("ids").forEach(id -> tokens.add(tokenizer.token(id.intValue())));
    return answer;
  }

  private ObjectNode decoded(Tokenizer tokenizer, int[] ids) {
    return Json.object().put("text", tokenizer.decode(ids, skipSpecial));
  }

  private static void print(Tokenizer tokenizer, int[] ids, PrintWriter out) {
    for (int id : ids) {
      out.printf("%7d  %s%n", id, FormatException.quote(tokenizer.token(id)));
    }
  }
}
