package io.headgate.checks;

import java.util.List;

/** What a listing has to see, and what not. */
public abstract class ApiSample<T extends Number> implements Comparable<ApiSample<T>> {
  /** A constant. */
  public static final int CONSTANT = 7;

  int hidden;

  /** Makes one. */
  protected ApiSample() {}

  /** Generic. */
  public abstract <E extends Exception> List<? super T> generic(E[] errors) throws E;

  void hidden() {
    hidden++;
  }

  static final class Hidden {}
}
