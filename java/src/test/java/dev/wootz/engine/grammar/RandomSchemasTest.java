package dev.wootz.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** 2,000 random schemas: what a random walk makes is valid, and what is valid is let through. */
class RandomSchemasTest {
  private static final int SCHEMAS = 2000;
  private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("examples/forgetting/base"));
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER, TOKENIZER.size(), List.of(2));

  @Test
  void everyTextThatAWalkCompletesIsValid() {
    int complete = 0;
    int met = 0;
    for (int seed = 0; seed < SCHEMAS; seed++) {
      JsonNode schema = new RandomSchema(seed).schema();
      Constraint constraint;
      try {
        constraint = Constraint.jsonSchema(schema);
      } catch (ConstraintException e) {
        // some contradict themselves
        assertThat(e).as("schema %s", schema).hasMessageContaining("that no value meets");
        continue;
      }
      met++;
      String text = RandomWalk.text(constraint, TRIE, TOKENIZER, new Random(seed), 3000);
      if (text != null) {
        complete++;
        assertThat(JsonSchemas.faults(schema, JsonSchemas.parse(text))).as("%s for schema %d: %s", text, seed, schema).isEmpty();
      }
    }
    assertThat(met).isGreaterThan(SCHEMAS * 95 / 100);
    assertThat(complete).isGreaterThan(met * 95 / 100);
  }

  @Test
  void everyValidDocumentIsLetThrough() {
    int valid = 0;
    for (int seed = 0; seed < SCHEMAS; seed++) {
      RandomSchema generator = new RandomSchema(seed);
      JsonNode schema = generator.schema();
      for (int i = 0; i < 4; i++) {
        JsonNode value = generator.instance(schema, schema, 0);
        if (JsonSchemas.faults(schema, value).isEmpty()) {
          valid++;
          Constraint constraint = Constraint.jsonSchema(schema);
          for (String text : List.of(value.toString(), JsonSchemas.indented(value))) {
            Matcher matcher = constraint.matcher(TRIE, TOKENIZER);
            assertThat(matcher.accept(text.getBytes(StandardCharsets.UTF_8)) && matcher.complete()).as("%s for schema %d: %s", text, seed, schema).isTrue();
          }
        }
      }
    }
    assertThat(valid).isGreaterThan(SCHEMAS);
  }
}
