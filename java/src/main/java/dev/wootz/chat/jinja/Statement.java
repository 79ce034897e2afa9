package dev.wootz.chat.jinja;

/** A part of a template that prints or changes variables. */
interface Statement {
  /** How the statements around go on. */
  enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  /** Where it stands in the source. */
  int at();

  /** Runs in {@code scope}; callers use {@link #execute}, which counts and places what goes wrong. */
  Flow run(Scope scope);

  /** Runs in {@code scope}. Throws {@link TemplateException}. */
  default Flow execute(Scope scope) {
    Run run = scope.run();
    try {
      run.enter();
      return run(scope);
    } catch (Fault fault) {
      throw run.error(at(), fault, "");
    } finally {
      run.leave();
    }
  }
}
