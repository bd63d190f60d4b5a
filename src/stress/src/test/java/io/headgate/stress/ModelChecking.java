package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * Model checking: every way in which threads may take turns, up to a bound, in small random
 * scenarios. What they return must be what one thread would have seen in some order. The memory
 * model is that of sequential consistency: what processors and compilers reorder is for jcstress to
 * find.
 */
public final class ModelChecking {

  private static final int SCENARIOS = Integer.getInteger("lincheck.scenarios", 10);
  private static final int SCHEDULES = Integer.getInteger("lincheck.schedules", 500);

  private ModelChecking() {}

  /**
   * Checks that operations are linearizable.
   *
   * @param operations a class of Lincheck operations, which is its own specification when only one
   *     thread uses it
   * @param threads that call them
   */
  public static void check(Class<?> operations, int threads) {
    options(SCENARIOS, SCHEDULES).threads(threads).check(operations);
  }

  /**
   * Checks that a canary is caught: however short the run, it must see what is wrong.
   *
   * @param canary a class of Lincheck operations with a fault
   */
  public static void mustFail(Class<?> canary) {
    assertThatThrownBy(() -> options(30, 1_000).threads(2).check(canary))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("Invalid execution results");
  }

  private static ModelCheckingOptions options(int scenarios, int schedules) {
    return new ModelCheckingOptions()
        .iterations(scenarios)
        .invocationsPerIteration(schedules)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(1)
        .minimizeFailedScenario(false)
        // Lincheck cannot look into views of byte arrays; what reads rows counts as one step.
        .addGuarantee(
            ManagedStrategyGuaranteeKt.forClasses(
                    WindowSlab.class.getName(), RowLayout.class.getName())
                .allMethods()
                .ignore());
  }
}
