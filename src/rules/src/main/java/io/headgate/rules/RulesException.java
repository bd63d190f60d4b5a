package io.headgate.rules;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/** A file of rules cannot be used. Holds all that is wrong with it at once; says a line of each. */
public final class RulesException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** In the order of the file. */
  private final Problem[] problems;

  RulesException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = problems.toArray(Problem[]::new);
  }

  /**
   * Returns all that is wrong.
   *
   * @return one problem or more, in the order of the file
   */
  public List<Problem> problems() {
    return List.of(problems);
  }
}
