package io.headgate.concurrent;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Owns the thread of one {@link Agent}: its start, its idling, its end. Any thread may start and
 * close it.
 */
public final class AgentThread implements AutoCloseable {

  private final Agent agent;
  private final IdleStrategy idle;
  private final Thread thread;

  /** Written by the closer, read by the agent's thread once a duty cycle: volatile, it is cold. */
  private volatile boolean closing;

  /**
   * Makes a thread that does not run yet.
   *
   * @param agent the work
   * @param idle what to do when there is none
   */
  public AgentThread(Agent agent, IdleStrategy idle) {
    this.agent = agent;
    this.idle = idle;
    this.thread = new Thread(this::run, agent.roleName());
    this.thread.setDaemon(true);
  }

  /** Starts the thread; once. */
  public void start() {
    thread.start();
  }

  /**
   * Ends the agent's park, or its next one if it does not park just now: there is work. A park
   * inside its duty cycle, such as for somebody's lock, may be the one that it ends: so the idle
   * strategy's longest park bounds how late the agent looks. Costs a system call, so not for every
   * piece of work. Any thread.
   */
  public void wakeUp() {
    LockSupport.unpark(thread);
  }

  /** Asks the agent to end and waits for it without a bound. */
  @Override
  public void close() {
    close(Duration.ofDays(1));
  }

  /**
   * Asks the agent to end after its duty cycle, and waits.
   *
   * @param patience how long to wait
   * @return true if the agent has ended; false if it still runs, or the caller was interrupted,
   *     which stays flagged
   */
  public boolean close(Duration patience) {
    closing = true;
    wakeUp();
    if (thread == Thread.currentThread()) {
      return false;
    }
    try {
      // join(0) would wait for ever.
      thread.join(Math.max(1, patience.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /**
   * Says whether the agent's thread runs.
   *
   * @return false before the start and after the end
   */
  public boolean isRunning() {
    return thread.isAlive();
  }

  private void run() {
    try {
      agent.onStart();
      while (!closing) {
        idle.idle(agent.doWork());
      }
    } catch (Throwable error) {
      // Errors too: the owner must learn that nobody works any more.
      agent.onError(error);
    } finally {
      agent.onClose();
    }
  }
}
