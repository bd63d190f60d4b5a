package io.headgate.service;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** One broker for all test classes of a run: to start one takes longer than most tests. */
final class SharedRig implements BeforeAllCallback {

  private @Nullable ServiceRig rig;

  @Override
  public void beforeAll(ExtensionContext context) {
    // Closed by the store, at the end of the run.
    rig =
        context
            .getRoot()
            .getStore(Namespace.create(SharedRig.class))
            .getOrComputeIfAbsent("rig", name -> new ServiceRig(), ServiceRig.class);
  }

  ServiceRig get() {
    return Objects.requireNonNull(rig, "no test runs");
  }
}
