package io.headgate.service.config;

import io.headgate.rules.yaml.Problem;
import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A file cannot be used. Holds all that is wrong with it at once; says a line of each. */
public final class ConfigException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** Not written: the message has them all. */
  private final transient @Nullable List<Problem> problems;

  ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /**
   * Returns all that is wrong.
   *
   * @return one problem or more, in the order of the file; those of the rules' own file last
   */
  public List<Problem> problems() {
    return problems == null ? List.of() : problems;
  }
}
