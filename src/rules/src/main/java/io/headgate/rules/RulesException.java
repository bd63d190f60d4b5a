package io.headgate.rules;

import io.headgate.rules.yaml.Problem;
import io.headgate.rules.yaml.YamlException;
import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of rules cannot be used. Holds all that is wrong with it at once; says a line of each. */
public final class RulesException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** In the order of the file. Not written: the message has them all. */
  private final transient @Nullable List<Problem> problems;

  RulesException(YamlException cause) {
    super(cause.getMessage(), cause);
    problems = cause.problems();
  }

  /**
   * Returns all that is wrong.
   *
   * @return one problem or more, in the order of the file; none if the exception comes from another
   *     process, whose message has them
   */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}
