package io.headgate.service;

import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.run.Service;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code headgate run FILE}: the service, until it is told to end. */
@Command(
    name = "run",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Limits the records of topics as a file says, until it is told to end (SIGTERM, Ctrl-C).",
      "Checks everything before it starts. Exit code 0 if it was told to end and did, 1 if it",
      "failed, 2 if there is something for you to mend.%n"
    })
final class RunCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(paramLabel = "FILE", description = "What to do: see config/service/headgate.yaml.")
  private Path file = Path.of("");

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    ServiceConfig config = ServiceFile.read(file, System::getenv);
    Service service = Service.prepare(config);
    try (StopSignal signal = StopSignal.first(service::close)) {
      try {
        service.start();
        Optional<String> failure = service.await();
        failure.ifPresent(reason -> console.err().println("headgate run: " + reason));
      } finally {
        service.close();
        signal.exitCode(exitCode(service));
      }
    }
    return exitCode(service);
  }

  private static int exitCode(Service service) {
    return service.failure().isPresent() ? ExitCode.FAILED : ExitCode.OK;
  }
}
