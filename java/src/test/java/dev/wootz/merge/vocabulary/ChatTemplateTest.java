package dev.wootz.merge.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ChatTemplateTest {
  static final List<String> BUILT_IN = ChatTemplate.BUILT_IN;

  @TempDir Path root;

  private Path folder(String name, String file, String content) throws IOException {
    Path folder = Files.createDirectories(root.resolve(name));
    Files.writeString(folder.resolve(file), content);
    return folder;
  }

  private Path config(String name, String template) throws IOException {
    return folder(name, "tokenizer_config.json", "{\"chat_template\": \"" + template + "\"}");
  }

  @Test
  void readsWhereverAFolderKeepsIt() throws IOException {
    Path a = config("a", "in the configuration");
    assertThat(ChatTemplate.of(a)).contains("in the configuration");
    folder("a", "chat_template.jinja", "in a file of its own");
    assertThat(ChatTemplate.of(a)).contains("in a file of its own");
    assertThat(ChatTemplate.of(folder("b", "chat_template.json", "{\"chat_template\": \"json\"}"))).contains("json");
    Path named =
        folder(
            "c",
            "tokenizer_config.json",
            "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"t\"}, {\"name\": \"default\", \"template\": \"d\"}]}");
    assertThat(ChatTemplate.of(named)).contains("d");
    assertThat(ChatTemplate.of(folder("d", "tokenizer_config.json", "{}"))).isEmpty();
    assertThat(ChatTemplate.of(root.resolve("nowhere"))).isEmpty();
  }

  @Test
  void autoTakesTheMostFrequentAndOfSeveralTheFirst() throws IOException {
    Path none = folder("none", "tokenizer_config.json", "{}");
    Path x = config("x", "X");
    Path y = config("y", "Y");
    Path alsoY = folder("y2", "chat_template.jinja", "Y");
    assertThat(ChatTemplate.choose("auto", List.of(none, none, x, y, alsoY))).contains("Y");
    assertThat(ChatTemplate.choose("auto", List.of(none, x, y))).contains("X");
    assertThat(ChatTemplate.choose("auto", List.of(y, x))).contains("Y");
    assertThat(ChatTemplate.choose("auto", List.of(none))).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("BUILT_IN")
  void builtInTemplates(String name) {
    String template = ChatTemplate.choose(name, List.of()).orElseThrow();
    assertThat(template).contains("messages", "message['role'] ").doesNotEndWith("\n");
    assertThat(template.split("\\{%", -1)).hasSameSizeAs(template.split("%}", -1));
    assertThat(template.split("\\{\\{", -1)).hasSameSizeAs(template.split("}}", -1));
  }

  @Test
  void anythingElseIsTheTemplate() {
    assertThat(ChatTemplate.choose("{{ messages[0].content }}", List.of())).contains("{{ messages[0].content }}");
  }

  @Test
  void writesWhereTheFolderKeepsIt() throws IOException {
    Path inConfig = config("a", "old");
    ChatTemplate.write("new", inConfig);
    assertThat(ChatTemplate.of(inConfig)).contains("new");
    assertThat(inConfig.resolve("chat_template.jinja")).doesNotExist();

    Path both = config("b", "old");
    Files.writeString(both.resolve("chat_template.jinja"), "old");
    ChatTemplate.write("new", both);
    assertThat(both.resolve("chat_template.jinja")).hasContent("new");
    assertThat(both.resolve("tokenizer_config.json")).content().contains("\"chat_template\": \"new\"");

    Path jinja = folder("c", "tokenizer_config.json", "{}");
    Files.writeString(jinja.resolve("chat_template.jinja"), "old");
    ChatTemplate.write("new", jinja);
    assertThat(jinja.resolve("chat_template.jinja")).hasContent("new");
    assertThat(jinja.resolve("tokenizer_config.json")).content().doesNotContain("new");

    Path none = folder("d", "tokenizer_config.json", "{}");
    ChatTemplate.write("new", none);
    assertThat(none.resolve("tokenizer_config.json")).content().contains("\"chat_template\": \"new\"");

    Path empty = Files.createDirectories(root.resolve("e"));
    ChatTemplate.write("new", empty);
    assertThat(empty.resolve("chat_template.jinja")).hasContent("new");
  }

  @Test
  void leavesNamedTemplatesAlone() throws IOException {
    Path named =
        folder(
            "c",
            "tokenizer_config.json",
            "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"t\"}, {\"name\": \"default\", \"template\": \"d\"}]}");
    ChatTemplate.write("new", named);
    assertThat(named.resolve("tokenizer_config.json")).content().contains("\"t\"", "\"new\"").doesNotContain("\"d\"");
  }

  @Test
  void namesTheFileThatCannotBeRead() throws IOException {
    Path broken = folder("x", "tokenizer_config.json", "{");
    assertThatThrownBy(() -> ChatTemplate.of(broken)).isInstanceOf(FormatException.class).hasMessageContaining("tokenizer_config.json");
    Files.write(broken.resolve("chat_template.jinja"), new byte[] {(byte) 0xff, 'a'});
    assertThatThrownBy(() -> ChatTemplate.of(broken)).isInstanceOf(FormatException.class).hasMessageContaining("chat_template.jinja");
  }
}
