package dev.wootz.merge.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Recipes that must be refused, and what the message must say. */
class RecipeErrorsTest {
  private static final String LINEAR = "merge_method: linear\nmodels:\n- model: A\n  parameters:\n    weight: 1\n";
  private static final String TIES = "merge_method: ties\nbase_model: base\nmodels:\n- model: A\n  parameters:\n    weight: 1\n";

  private static Arguments bad(String text, String... parts) {
    return Arguments.of(text, parts);
  }

  static Stream<Arguments> recipes() {
    return Stream.of(
        // YAML
        bad("", "the recipe is empty"),
        bad("# nothing\n", "the recipe is empty"),
        bad("- a\n", "test.yml:1:1:", "must be a mapping", "found a list"),
        bad("merge_method: [linear\nmodels: x", "test.yml:2:", "not YAML"),
        bad("merge_method: linear\n\tmodels: x", "test.yml:2:", "not YAML"),
        bad("merge_method: \u0007", "test.yml:1:15", "U+0007"),
        bad("a: b\n---\nc: d\n", "test.yml:2:1", "one YAML document"),
        bad("[".repeat(5000), "test.yml:1:33", "nested deeper than 32"),
        bad("x: " + "a".repeat(1 << 20), "at most 1048576 characters"),
        bad("a: &a [x]\nb: [" + "*a, ".repeat(300) + "x]\n", "not YAML", "aliases"),
        bad("? [a]\n: b\n", "test.yml:1:3", "a key of the recipe must be a word"),
        bad(LINEAR + "dtype: !!python/object:os.system bfloat16\n", "test.yml:6:8", "the tag tag:yaml.org,2002:python/object:os.syste..."),
        bad(LINEAR + "dtype: !shell bfloat16\n", "test.yml:6:", "the tag !shell has no meaning"),
        bad(LINEAR + "models: []\n", "test.yml:6:1", "`models`", "there twice", "line 2"),
        bad("<<: &a {<<: *a}\n", "leads back to itself"),
        // keys
        bad("models: []\n", "the recipe needs `merge_method`"),
        bad("merge_method: linaer\nmodels: []", "test.yml:1:15", "no merge method \"linaer\"", "did you mean `linear`?", "slerp"),
        bad("merge_method: core\nmodels: []", "no merge method \"core\"", "methods: "),
        bad(LINEAR + "dtyp: bfloat16\n", "test.yml:6:1", "unknown key `dtyp` in the recipe", "did you mean `dtype`?"),
        bad(TIES + "lamda: 2\n", "test.yml:7:1: unknown key `lamda`", "; `lambda` is a parameter and belongs under `parameters`"),
        bad("merge_method: linear\nmodels: [{model: A, weight: 1}]\n", "test.yml:2:21", "`weight` is a parameter and belongs under"),
        bad(LINEAR + "colour: red\n", "unknown key `colour`", "valid are merge_method, models"),
        bad("merge_method: linear\n", "needs one of `models`, `slices`, `modules`"),
        bad(LINEAR + "slices: []\n", "`models` and `slices` exclude each other"),
        bad("merge_method: linear\nmodels: []\n", "`models` is an empty list"),
        bad("merge_method: linear\nmodels: A\n", "test.yml:2:9", "`models` must be a list, found \"A\""),
        bad("merge_method: linear\nmodels: [A]\n", "test.yml:2:10", "write `- model: A`"),
        bad("merge_method: linear\nmodels:\n- parameters: {weight: 1}\n", "test.yml:3:3", "an entry of `models` needs `model`"),
        bad("merge_method: linear\nmodels:\n- {model: A, parameter: {weight: 1}}\n", "test.yml:3:14", "did you mean `parameters`?"),
        bad("merge_method: linear\nmodels: [{model: A, layer_range: [0, 1]}]\nparameters: {weight: 1}\n", "unknown key `layer_range`"),
        bad("merge_method: linear\nmodules: {a: {models: []}, b: {models: []}}\n", "exactly one module", "found 2"),
        // model references
        bad("merge_method: linear\nmodels: [{model: a+b+c}]\n", "test.yml:2:18", "more than one +"),
        bad("merge_method: linear\nmodels: [{model: a@b@c}]\n", "more than one @"),
        bad("merge_method: linear\nmodels: [{model: +b}]\n", "a model's path is empty"),
        bad("merge_method: linear\nmodels: [{model: {model: {pth: A}}}]\n", "did you mean `path`?"),
        bad("merge_method: linear\nmodels: [{model: [A]}]\n", "must be one value, found a list"),
        bad("merge_method: linear\nmodels: [{model: }]\n", "needs `model`"),
        // parameters
        bad(TIES + "    densty: 0.5\n", "test.yml:7:5: unknown parameter `densty` in the parameters of model A; did you mean `density`?"),
        bad(TIES + "    wieght: 0.5\n", "did you mean `weight`?"),
        bad(TIES + "    t: 0.5\n", "test.yml:7:5", "`t`", "ties takes weight, density", "not `t`"),
        bad(TIES + "    lambda: 0.5\n", "test.yml:7:5", "one lambda for all models", "the recipe's own `parameters`"),
        bad(TIES + "parameters: {lamda: 1}\n", "test.yml:7:14", "did you mean `lambda`?"),
        bad(TIES + "    density: 1.5\n", "test.yml:7:14", "`density` in the parameters of model A", "from 0 to 1", "\"1.5\""),
        bad(TIES + "    density: [0.5, -0.1]\n", "test.yml:7:20", "from 0 to 1"),
        bad(TIES + "    density: half\n", "must be a number, found \"half\""),
        bad(TIES + "    density: yes\n", "must be a number"),
        bad(TIES + "    density: .nan\n", "must be a number"),
        bad(TIES + "    density: 1e999\n", "must be a finite number"),
        bad(TIES + "    density: 010\n", "octal"),
        bad(TIES + "    density:\n", "`density`", "has no value"),
        bad(TIES + "    density: []\n", "empty list"),
        bad(TIES + "    density: [[1]]\n", "list of plain values, found a list"),
        bad(TIES + "    density: {filter: a, value: 1}\n", "list of {filter, value}"),
        bad(TIES + "    density: [{filter: a, value: 1}, 0.5]\n", "mixes plain values"),
        bad(TIES + "    density: [{filtr: a, value: 1}]\n", "did you mean `filter`?"),
        bad(TIES + "    density: [{filter: a}]\n", "needs `value`"),
        bad(TIES + "parameters: {normalize: maybe}\n", "must be true or false, found \"maybe\""),
        bad(TIES + "parameters: [1]\n", "`parameters` must be a mapping"),
        bad(TIES.replace("ties", "dare_ties") + "rescale_mode: keepprob\n", "must be one of keep_prob, l1", "did you mean `keep_prob`?"),
        bad(LINEAR + "rescale_mode: l1\n", "`rescale_mode` has no meaning for linear"),
        bad("merge_method: linear\nmodels: [{model: A}]\n", "test.yml:2:10", "linear needs the parameter `weight` for model A"),
        bad("merge_method: slerp\nbase_model: A\nmodels: [{model: A}, {model: B}]\n", "slerp needs the parameter `t`"),
        // models
        bad("merge_method: ties\nmodels: [{model: A}]\nparameters: {weight: 1}\n", "ties needs a `base_model`"),
        bad(
            "merge_method: slerp\nbase_model: A\nparameters: {t: 1}\nmodels: [{model: A}, {model: B}, {model: C}]\n",
            "slerp merges exactly 1 model with the base model, found 2 besides A"),
        bad("merge_method: nuslerp\nparameters: {weight: 1}\nmodels: [{model: A}]\n", "nuslerp merges exactly 2 models, found 1"),
        bad("merge_method: model_stock\nbase_model: A\nmodels: [{model: A}, {model: B}]\n", "at least 2 models", "found 1 besides A"),
        bad("merge_method: passthrough\nmodels: [{model: A}, {model: B}]\n", "passthrough merges exactly 1 model, found 2"),
        bad(LINEAR + "- model: A\n  parameters: {weight: 2}\n", "test.yml:6:3", "model A is listed twice", "line 3"),
        bad("merge_method: karcher\nbase_model: C\nmodels: [{model: A}, {model: B}]\n", "list base_model C among the models"),
        // slices
        bad("merge_method: passthrough\nslices: [{sources: [{model: A}]}]\n", "needs `layer_range`"),
        bad("merge_method: passthrough\nslices: [{sources: [{model: A, layer_range: [0]}]}]\n", "must be [first, end], found 1 values"),
        bad("merge_method: passthrough\nslices: [{sources: [{model: A, layer_range: [4, 4]}]}]\n", "[4, 4], which has no layers"),
        bad("merge_method: passthrough\nslices: [{sources: [{model: A, layer_range: [-1, 4]}]}]\n", "from 0 to 100000"),
        bad("merge_method: passthrough\nslices: [{sources: [{model: A, layer_range: [0, 1.5]}]}]\n", "whole number"),
        bad("merge_method: passthrough\nslices: [{sources: []}]\n", "`sources` of slice 1 is an empty list"),
        bad(
            "merge_method: linear\nparameters: {weight: 1}\nslices:\n"
                + "- sources: [{model: A, layer_range: [0, 4]}, {model: B, layer_range: [0, 3]}]\n",
            "test.yml:4:46", "the same number of layers", "B has 3 in [0, 3]", "A has 4 in [0, 4]"),
        // other keys
        bad(LINEAR + "dtype: bf16\n", "`dtype` must be one of bfloat16, float16, float32"),
        bad(LINEAR + "dtype: bfloat61\n", "did you mean `bfloat16`?"),
        bad(LINEAR + "out_dtype: int64\n", "`out_dtype` must be one of"),
        bad(LINEAR + "seed: 1.5\n", "`seed` must be a whole number"),
        bad(LINEAR + "seed: 99999999999999999999\n", "`seed` must be a whole number from"),
        bad(LINEAR + "compat: mergkit\n", "`compat` can only be mergekit"),
        bad(LINEAR + "gradient_ends: last\n", "first or depth"),
        bad(LINEAR + "chat_template: chatm\n", "did you mean `chatml`?"),
        bad(LINEAR + "chat_template: no template but long enough\n", "must be one of auto"),
        bad(LINEAR + "tokenizer_source: union\ntokenizer: {source: base}\n", "exclude each other"),
        bad(LINEAR + "tokenizer: {sauce: base}\n", "did you mean `source`?"),
        bad(LINEAR + "tokenizer: {pad_to_multiple_of: 0}\n", "pad_to_multiple_of must be from 1"),
        bad(LINEAR + "tokenizer: {tokens: {<a>: {source: {kind: one}}}}\n", "the kind of the source of token \"<a>\" must be"),
        bad(LINEAR + "tokenizer: {tokens: {<a>: {source: {kind: model_token, model: A}}}}\n", "needs either `token` or `token_id`"),
        bad(LINEAR + "tokenizer: {tokens: {<a>: {source: {kind: model_token, model: A, token_id: -1}}}}\n", "token_id of"));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void isRefused(String text, String[] parts) {
    RecipeException thrown = catchThrowableOfType(RecipeException.class, () -> RecipeReader.parse(text, "test.yml"));
    assertThat(thrown).isNotNull().hasMessageContainingAll(parts).hasMessageStartingWith("test.yml");
  }

  @Test
  void filesThatAreNoRecipes(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.yml");
    assertThat(catchThrowableOfType(RecipeException.class, () -> RecipeReader.read(missing))).hasMessageContaining("no such file");
    Path binary = Files.write(folder.resolve("binary.yml"), new byte[] {'a', (byte) 0xff, (byte) 0xfe});
    assertThat(catchThrowableOfType(RecipeException.class, () -> RecipeReader.read(binary)))
        .hasMessageContaining("binary.yml: a recipe is UTF-8 text");
    Path huge = Files.write(folder.resolve("huge.yml"), "#".repeat(5 << 20).getBytes(StandardCharsets.UTF_8));
    assertThat(catchThrowableOfType(RecipeException.class, () -> RecipeReader.read(huge))).hasMessageContaining("is no recipe");
    assertThat(catchThrowableOfType(RecipeException.class, () -> RecipeReader.read(folder))).hasMessageContaining("cannot be read");
  }

  @Test
  void aThousandMergeKeysDoNotExplode() {
    StringBuilder text = new StringBuilder("a0: &a0 {x0: 1, y0: 2}\n");
    for (int i = 1; i < 60; i++) {
      text.append("a").append(i).append(": &a").append(i).append(" {<<: [*a").append(i - 1).append(", *a").append(i - 1).append("]}\n");
    }
    text.append("<<: *a59\n");
    assertThat(catchThrowableOfType(RecipeException.class, () -> RecipeReader.parse(text.toString(), "test.yml")))
        .hasMessageContaining("too many entries");
  }
}
