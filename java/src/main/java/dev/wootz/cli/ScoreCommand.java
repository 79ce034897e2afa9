package dev.wootz.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.Model;
import dev.wootz.engine.Session;
import dev.wootz.format.TensorFile;
import dev.wootz.kernel.SamplingKernels.Distribution;
import dev.wootz.model.lora.Adapter;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "score",
    header = "Log-probabilities of given tokens.",
    description = {
      "",
      "Reads lines {\"ids\": [...]} or {\"text\": ...} and writes for each a line {\"logprobs\": [...]}: the log-probability of each next",
      "token, one fewer than there are tokens. A line that cannot be scored gives {\"error\": ...}; the others still are.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  echo '{\"ids\": [1, 403, 407]}' | wootz score --model M --jsonl",
      "  wootz score --model M --jsonl --top-k 5 < lines.jsonl     and the five best at every position",
      "  wootz score --model M --jsonl --logits out.safetensors < lines.jsonl",
      "",
      "Exit codes: 0 all scored, 1 a line could not be, 2 wrong usage."
    })
final class ScoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapterOption;

  @Option(names = "--jsonl", description = "Lines of JSON in and out (the only form; may be left out).")
  private boolean jsonl;

  @Option(names = "--top-k", paramLabel = "N", defaultValue = "0",
      description = "Add \"top\": for each position the N most probable next tokens, [{\"id\", \"logprob\"}, ...].")
  private int topK;

  @Option(names = "--logits", paramLabel = "FILE", description = "Write all logits, f32 [tokens, vocabulary] for each line: logits.0 for the first, logits.1, ...")
  private @Nullable Path logits;

  private final Map<String, Tensor> kept = new LinkedHashMap<>();

  @Override
  public Integer call() {
    try (Model loaded = model.load();
        Adapter adapter = adapterOption.open(loaded);
        Session session = loaded.session()) {
      session.under(adapter);
      boolean clean =
          JsonLines.answerNumbered(
              System.in,
              spec.commandLine().getOut(),
              (line, number) -> score(loaded, session, ids(loaded, line), "logits." + (number - 1)));
      if (logits != null) {
        TensorFile.write(logits, kept);
      }
      return clean ? 0 : Failures.FAILED;
    } finally {
      kept.values().forEach(tensor -> tensor.memory().close());
    }
  }

  private static int[] ids(Model loaded, JsonNode node) {
    if (node.path("text").isTextual()) {
      return loaded.tokenizer().encode(node.get("text").textValue(), true, true);
    }
    JsonNode ids = node.path("ids");
    if (!ids.isArray()) {
      throw new IllegalArgumentException("found neither \"ids\", a list of token ids, nor \"text\", a string");
    }
    int[] result = new int[ids.size()];
    for (int i = 0; i < result.length; i++) {
      JsonNode id = ids.get(i);
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= loaded.config().vocabulary()) {
        throw new IllegalArgumentException("ids[" + i + "]: found " + id + ", expected a token id below " + loaded.config().vocabulary());
      }
      result[i] = id.intValue();
    }
    return result;
  }

  private ObjectNode score(Model loaded, Session session, int[] ids, String name) {
    ObjectNode answer = Json.object();
    ArrayNode logprobs = answer.putArray("logprobs");
    ArrayNode tops = topK > 0 ? answer.putArray("top") : null;
    Tensor all = keep(ids.length, loaded.config().vocabulary(), name);
    int vocabulary = loaded.config().vocabulary();
    session.rewind(0);
    try (Memory memory = Memory.allocate(2 * Float.BYTES)) {
      Tensor next = new Tensor(memory, 0, DType.I32, Shape.of(1));
      Tensor logprob = new Tensor(memory, Float.BYTES, DType.F32, Shape.of(1));
      session.score(
          ids,
          (position, rows, row) -> {
            Tensor own = rows.flat((long) row * vocabulary, vocabulary);
            if (position + 1 < ids.length) {
              next.buffer().putInt(0, ids[position + 1]);
              session.backend().sampling().logprobs(logprob, own, next, 1, session.backend().pool());
              logprobs.add(logprob.buffer().getFloat(0));
            }
            if (tops != null) {
              ArrayNode top = tops.addArray();
              Distribution best = session.backend().sampling().top(own, Math.min(topK, vocabulary));
              for (int i = 0; i < best.ids().length; i++) {
                top.addObject().put("id", best.ids()[i]).put("logprob", best.probabilities()[i]);
              }
            }
            if (all != null) {
              session.backend().kernels().convert(all.flat((long) position * vocabulary, vocabulary), own);
            }
          });
    }
    return answer;
  }

  private @Nullable Tensor keep(int tokens, int vocabulary, String name) {
    if (logits == null) {
      return null;
    }
    Tensor all = Tensor.over(Memory.allocate(Math.max(1, (long) tokens * vocabulary * Float.BYTES)), DType.F32, tokens, vocabulary);
    kept.put(name, all);
    return all;
  }
}
