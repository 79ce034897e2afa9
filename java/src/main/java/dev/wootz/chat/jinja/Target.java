package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** What a value is assigned to. */
interface Target {
  void assign(Object value, Scope scope);

  record Variable(String name) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      scope.set(name, value);
    }
  }

  /** {@code name.attribute}, of a namespace. */
  record NamespaceAttribute(String name, String attribute) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      Object owner = scope.find(name);
      if (!(owner instanceof Namespace namespace)) {
        throw new Fault("cannot assign attribute on non-namespace object", name);
      }
      namespace.attributes().put(attribute, value);
    }
  }

  /** {@code a, b}. */
  record Several(List<Target> targets) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      List<Object> values = new ArrayList<>();
      for (Iterator<Object> elements = Iteration.of(value, scope.run()); elements.hasNext(); ) {
        if (values.size() == targets.size()) {
          throw new Fault("too many values to unpack (expected " + targets.size() + ")");
        }
        values.add(elements.next());
      }
      if (values.size() < targets.size()) {
        throw new Fault("not enough values to unpack (expected " + targets.size() + ", got " + values.size() + ")");
      }
      for (int i = 0; i < values.size(); i++) {
        targets.get(i).assign(values.get(i), scope);
      }
    }
  }
}
