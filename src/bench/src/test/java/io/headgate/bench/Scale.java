package io.headgate.bench;

/**
 * How long a run takes.
 *
 * @param rounds forks of a benchmark of one thread
 * @param sharedRounds forks of a benchmark of several threads, whose figures scatter more
 * @param forks JVMs a round: 1, or 0 to stay in this one
 * @param warmups iterations that do not count
 * @param iterations iterations that count
 * @param millis length of an iteration
 * @param keys keys where there are many; 0 for as many as the benchmark says
 */
record Scale(
    int rounds, int sharedRounds, int forks, int warmups, int iterations, int millis, int keys) {

  static final Scale FULL = new Scale(5, 9, 1, 5, 5, 1000, 0);
  static final Scale QUICK = new Scale(3, 5, 1, 3, 3, 200, 0);
}
