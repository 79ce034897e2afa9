package dev.wootz.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.tokenizer.Tokenizer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Single keywords: what is taken and what is not, as networknt's validator says, and what is refused. */
class JsonSchemaTest {
  private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("examples/forgetting/base"));
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER, TOKENIZER.size(), List.of(2));

  private static boolean takes(Constraint constraint, String text) {
    Matcher matcher = constraint.matcher(TRIE, TOKENIZER);
    return matcher.accept(text.getBytes(StandardCharsets.UTF_8)) && matcher.complete();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{'type':'integer','minimum':-12,'maximum':345}", "{'type':'integer','exclusiveMinimum':99.5}", "{'type':'integer','exclusiveMaximum':-3}", "{'type':'integer','multipleOf':7,'maximum':200}",
    "{'type':'integer','multipleOf':1.5}", "{'type':'number','minimum':0.25,'maximum':10}", "{'type':'number','exclusiveMinimum':-1.5,'exclusiveMaximum':1.5}", "{'type':'number','multipleOf':0.25,'minimum':-2}",
    "{'type':'number','maximum':-0.001}", "{'type':'integer','minimum':9,'maximum':11}", "{'type':'number','exclusiveMaximum':100}",
    "{'type':'number','minimum':12.18,'exclusiveMaximum':32.18,'multipleOf':2}", "{'type':'number','exclusiveMinimum':-7.31,'maximum':-2.19,'multipleOf':0.5}"})
  void numbers(String schema) {
    JsonNode json = JsonSchemas.parse(schema.replace('\'', '"'));
    Constraint constraint = Constraint.jsonSchema(json);
    Random random = new Random(1);
    for (int i = 0; i < 4000; i++) {
      BigDecimal value = new BigDecimal(random.nextInt(i % 2 == 0 ? 40_000 : 4000) - 2000).movePointLeft(random.nextInt(4));
      value = value.stripTrailingZeros().scale() < 0 ? value.setScale(0) : value.stripTrailingZeros();
      String text = value.toPlainString();
      boolean integer = json.get("type").asText().equals("integer");
      boolean valid = JsonSchemas.faults(json, JsonSchemas.parse(text)).isEmpty() && !(integer && text.contains("."));
      assertThat(takes(constraint, text)).as("%s for %s", text, schema).isEqualTo(valid);
    }
    for (String edge : List.of("0", "-0", "00", "01", "1.", ".5", "1e2", "-", "", "345", "346", "-12", "-13", "0.25", "0.24", "1.5", "1.49", "-1.5", "99", "100", "99.9999999999", "99.5", "100.0")) {
      if (takes(constraint, edge)) {
        assertThat(JsonSchemas.faults(json, JsonSchemas.parse(edge))).as("%s for %s", edge, schema).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
    "{'type':'string','maxLength':2}; '😀é'; true", "{'type':'string','maxLength':2}; '\\ud83d\\ude00\\u00e9'; true", "{'type':'string','maxLength':2}; 'abc'; false",
    "{'type':'string','minLength':2}; 'é'; false", "{'type':'string'}; 'a\\/b\\n'; true", "{'type':'string'}; '\\ud83d'; false", "{'type':'string'}; 'a\\x'; false",
    "{'type':'object','properties':{'a':{'type':'integer'}}}; {'a':1,'b':[null,true]}; true", "{'type':'object','properties':{'a':{'type':'integer'}}}; {'b':1,'a':'x'}; false",
    "{'type':'object','properties':{'a':{'type':'integer'}}}; {'\\u0061':'x'}; false", "{'type':'object','required':['z']}; {}; false", "{'type':'object','required':['z']}; {'z':0}; true",
    "{'type':'object','patternProperties':{'^n_':{'type':'integer'}},'additionalProperties':{'type':'string'}}; {'n_x':1,'y':'s'}; true",
    "{'type':'object','patternProperties':{'^n_':{'type':'integer'}},'additionalProperties':{'type':'string'}}; {'n_x':'1'}; false",
    "{'type':'object','minProperties':1}; {}; false", "{'type':'object','minProperties':1}; {'k':{}}; true", "{'type':'object','maxProperties':1}; {'a':1,'b':2}; false",
    "{'type':'object','propertyNames':{'enum':['a','b']}}; {'b':1}; true", "{'type':'object','propertyNames':{'enum':['a','b']}}; {'c':1}; false",
    "{'prefixItems':[{'type':'integer'},{'type':'string'}],'type':'array','minItems':1}; [1,'x',null]; true", "{'prefixItems':[{'type':'integer'}],'items':false,'type':'array'}; [1,2]; false",
    "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':3}; [1]; false", "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':3}; [1,~  2]; true",
    "{'enum':[1,'1',null],'type':['integer','null']}; '1'; false", "{'const':{'b':1,'a':[true]}}; { 'b': 1, 'a': [true] }; true", "{}; {'x':[1.5e10,{}]}; true", "true; []; true",
    "{'oneOf':[{'type':'integer','maximum':3},{'type':'integer','minimum':4},{'type':'string'}]}; 4; true", "{'allOf':[{'minimum':3},{'type':'integer'}],'maximum':5}; 6; false",
    "{'type':'array','items':{'type':'integer'}}; [1,  2]; false", "{'type':'array','items':{'type':'integer'}}; [1 ,2]; false"})
  void values(String schema, String text, boolean expected) {
    assertThat(takes(Constraint.jsonSchema(schema.replace('\'', '"')), text.replace('\'', '"').replace('~', '\n'))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
    "{'not':{}}; /not; \"not\"", "{'properties':{'a':{'uniqueItems':true}}}; /properties/a/uniqueItems; uniqueItems", "{'if':{}}; /if; \"if\"", "{'type':'strnig'}; /type; strnig",
    "{'format':'iri-reference'}; /format; iri-reference", "{'$ref':'#/nope'}; /$ref; #/nope", "{'$ref':'http://x/y'}; /$ref; within this schema", "{'$ref':'#'}; the root; leads back",
    "{'pattern':'(?=a)'}; the root; looking around", "{'oneOf':[{'type':'integer'},{'type':'number'}]}; /oneOf; alternatives 0 and 1", "{'minLength':-1}; /minLength; -1", "{'required':'a'}; /required; array",
    "{'type':'integer','minimum':5,'maximum':4}; the root; no value meets", "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}; the root; no value meets",
    "{'type':'object','minProperties':3}; /minProperties; cannot be enforced", "{'contains':{}}; /contains; contains", "{'const':1e1000000000}; /const; 1E+1000000000", "{'enum':['a',{'b':[1e50]}]}; /enum; 40 digits", "{'$ref':'#/$defs/100%'}; /$ref; 100%",
    "{'type':'object','patternProperties':{'(':{}}}; /patternProperties/(; index 0", "{'type':'object','properties':{'a':{}},'patternProperties':{'(':{}}}; /patternProperties/(; index 0", "{'type':'string','pattern':'a^b'}; the root; matches no text",
    "{'const':'a\\ud83d'}; /const; surrogate", "{'enum':[{'\\ude00':1}]}; line 1; surrogate", "{'properties':{'\\ud83d':{}}}; line 1; surrogate", "{'required':['\\ud83d']}; /required; surrogate",
    "{'type':'string','type':'null'}; line 1; Duplicate", "{'multipleOf':0}; /multipleOf; 0"})
  void refusals(String schema, String where, String what) {
    assertThatThrownBy(() -> Constraint.jsonSchema(schema.replace('\'', '"')))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining(where)
        .hasMessageContaining(what)
        .hasMessageContaining("expected");
  }

  @Test
  void saysWhereTheSchemaIsNoJson() {
    assertThatThrownBy(() -> Constraint.jsonSchema("{\n  \"type\" \"x\"}")).isInstanceOf(ConstraintException.class).hasMessageContaining("line 2");
  }

  @Test
  void refusesNamesThatUtf8CannotHold() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.putObject("properties").putObject("a\ud83d");
    assertThatThrownBy(() -> Constraint.jsonSchema(schema)).isInstanceOf(ConstraintException.class).hasMessageContaining("/properties").hasMessageContaining("surrogate");
    ObjectNode value = JsonNodeFactory.instance.objectNode();
    value.putObject("const").put("\ude00", 1);
    assertThatThrownBy(() -> Constraint.jsonSchema(value)).isInstanceOf(ConstraintException.class).hasMessageContaining("/const").hasMessageContaining("surrogate");
  }

  @Test
  void refusesWhatNestsTooDeeply() {
    assertThatThrownBy(() -> Constraint.jsonSchema("[".repeat(1001))).isInstanceOf(ConstraintException.class).hasMessageContaining("depth");
    StringBuilder chain = new StringBuilder("{\"$ref\":\"#/$defs/0\",\"$defs\":{");
    for (int i = 0; i < 60_000; i++) {
      chain.append("\"").append(i).append("\":{\"$ref\":\"#/$defs/").append(i + 1).append("\"},");
    }
    assertThatThrownBy(() -> Constraint.jsonSchema(chain + "\"60000\":{}}}")).isInstanceOf(ConstraintException.class).hasMessageContaining("nests too deeply");
  }

  @Test
  void arraysOfTenThousandElements() {
    String ones = "[" + "1, ".repeat(9_999) + "1]";
    assertThat(takes(Constraint.jsonSchema("{\"const\":" + ones + "}"), ones)).isTrue();
    Constraint places = Constraint.jsonSchema("{\"type\":\"array\",\"minItems\":10000,\"items\":false,\"prefixItems\":[" + "{\"type\":\"integer\"},".repeat(9_999) + "{\"const\":2}]}");
    assertThat(takes(places, ones)).isFalse();
    assertThat(takes(places, ones.substring(0, ones.length() - 2) + "2]")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0"})
  void alternativesThatContainTheWhole(int first, int second) {
    String[] parts = {
      "{'type':'object','properties':{'not':{'$ref':'#'}},'required':['not'],'additionalProperties':false}",
      "{'type':'object','properties':{'eq':{'type':'string'}},'required':['eq'],'additionalProperties':false}"
    };
    Constraint constraint = Constraint.jsonSchema(("{'oneOf':[" + parts[first] + "," + parts[second] + "]}").replace('\'', '"'));
    assertThat(takes(constraint, "{\"not\": {\"not\": {\"eq\": \"x\"}}}")).isTrue();
    assertThat(takes(constraint, "{\"not\": {\"not\": {}}}")).isFalse();
    String twice = "{'oneOf':[" + parts[first] + "," + parts[second] + "," + parts[0] + "]}";
    assertThatThrownBy(() -> Constraint.jsonSchema(twice.replace('\'', '"'))).isInstanceOf(ConstraintException.class).hasMessageContaining("exclude each other");
  }

  @Test
  void twoPatternsAreNotOneWithAComma() {
    String schema = "{'type':'array','items':false,'minItems':2,'prefixItems':[{'type':'string','allOf':[{'pattern':'a'},{'pattern':'b'}]},{'type':'string','pattern':'a, b'}]}";
    Constraint constraint = Constraint.jsonSchema(schema.replace('\'', '"'));
    assertThat(takes(constraint, "[\"ba\", \"a, b\"]")).isTrue();
    assertThat(takes(constraint, "[\"ba\", \"ba\"]")).isFalse();
  }

  @Test
  void controlCharactersOfNamesInEitherCase() {
    Constraint constraint = Constraint.jsonSchema("{\"type\":\"object\",\"properties\":{\"a\\u001f\":{\"const\":\"\\u001e\"}}}");
    for (String name : List.of("a\\u001f", "a\\u001F")) {
      assertThat(takes(constraint, "{\"" + name + "\": \"\\u001e\"}")).isTrue();
      assertThat(takes(constraint, "{\"" + name + "\": \"\\u001E\"}")).isTrue();
      assertThat(takes(constraint, "{\"" + name + "\": 1}")).isFalse();
    }
    assertThat(takes(constraint, "{\"a\\\\u001f\": 1}")).isTrue();
  }

  @Test
  @Timeout(60)
  void aHundredThousandValues() {
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      values.append(i == 0 ? "" : ",").append("\"value ").append(i).append('"');
    }
    Constraint constraint = Constraint.jsonSchema("{\"allOf\":[{\"enum\":[" + values + "]},{\"enum\":[1," + values + "]}]}");
    assertThat(takes(constraint, "\"value 7\"") && takes(constraint, "\"value 77777\"")).isTrue();
    assertThat(takes(constraint, "1") || takes(constraint, "\"value 077\"") || takes(constraint, "\"value 100000\"") || takes(constraint, "\"value \"")).isFalse();
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      assertThat(values).contains(RandomWalk.text(constraint, TRIE, TOKENIZER, random, 40));
    }
  }

  @Test
  void whiteSpaceDoesNotGoOnForEver() {
    Matcher matcher = Constraint.json().matcher(TRIE, TOKENIZER);
    assertThat(matcher.accept("[1,\n    ".getBytes(StandardCharsets.UTF_8))).isTrue();
    int spaces = 0;
    while (matcher.accept(new byte[] {' '})) {
      spaces++;
    }
    assertThat(spaces).isEqualTo(28);
  }

  @Test
  void deepNestingCostsNoStack() {
    Matcher matcher = Constraint.json().matcher(TRIE, TOKENIZER);
    int depth = 5_000;
    for (int i = 0; i < depth; i++) {
      assertThat(matcher.accept(new byte[] {'['})).isTrue();
    }
    assertThat(matcher.allowed()).isPositive();
    for (int i = 0; i < depth; i++) {
      assertThat(matcher.complete()).isFalse();
      assertThat(matcher.accept(new byte[] {']'})).isTrue();
    }
    assertThat(matcher.finished()).isTrue();
  }

  @Test
  void statesThatWereForgottenAreMadeAgain() {
    Constraint constraint = Constraint.jsonSchema("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":30000}}");
    Matcher first = constraint.matcher(TRIE, TOKENIZER);
    Matcher other = first.fork();
    assertThat(constraint.grammar.expressions.epoch()).isZero();
    assertThat(first.accept("[\"".getBytes(StandardCharsets.UTF_8))).isTrue();
    assertThat(other.accept("[\"é".getBytes(StandardCharsets.UTF_8))).isTrue();
    for (int i = 0; i < 30_000; i++) {
      assertThat(first.accept(new byte[] {'a'})).isTrue();
    }
    assertThat(first.accept(new byte[] {'a'})).isFalse();
    assertThat(first.accept("\"]".getBytes(StandardCharsets.UTF_8)) && first.finished()).isTrue();
    assertThat(constraint.grammar.expressions.epoch()).isPositive();
    assertThat(other.allowed()).isGreaterThan(100);
    assertThat(other.accept("\", \"\"]".getBytes(StandardCharsets.UTF_8)) && other.finished()).isTrue();
  }

  @Test
  void masksOfManyThreadsAreThoseOfOne() throws InterruptedException {
    JsonNode schema = JsonSchemas.parse("{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"array\",\"maxItems\":9,\"items\":{\"pattern\":\"^[a-z]{3,30}$\",\"type\":\"string\"}}}}");
    Constraint shared = Constraint.jsonSchema(schema);
    List<String> alone = new java.util.ArrayList<>();
    for (int seed = 0; seed < 24; seed++) {
      alone.add(String.valueOf(RandomWalk.text(Constraint.jsonSchema(schema), TRIE, TOKENIZER, new Random(seed), 500)));
    }
    String[] together = new String[24];
    List<Thread> threads = new java.util.ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int from = t;
      threads.add(new Thread(() -> {
        for (int seed = from; seed < 24; seed += 4) {
          together[seed] = String.valueOf(RandomWalk.text(shared, TRIE, TOKENIZER, new Random(seed), 500));
        }
      }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(together).containsExactlyElementsOf(alone);
  }
}
