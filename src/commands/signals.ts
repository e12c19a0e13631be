// What the system tells a running server.
import { isatty } from 'node:tty';

/** What to do about it. */
export interface SignalHandler {
  /** Stop in good order. Called once. */
  stop(): void;
  /** Open the logs again. */
  reopen(): void;
}

const STOPPING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGBREAK'];
/**
 * A terminal's Ctrl+C reaches this process and the launcher above it, which passes it on: two of the same
 * signal within this time are one.
 */
const SAME_MS = 300;

/**
 * Listens for signals until the result is called. The second stopping signal ends the process at once, by
 * that signal.
 */
export function onSignals(handler: SignalHandler): () => void {
  const listeners = new Map<NodeJS.Signals, () => void>();
  const hadTerminal = terminals().length > 0;
  let firstAt: number | undefined;
  const off = (): void => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      handler.stop();
    } else if (now - firstAt > SAME_MS) {
      off();
      process.kill(process.pid, signal);
    }
  };
  for (const signal of STOPPING) listeners.set(signal, () => stop(signal));
  listeners.set('SIGHUP', () => {
    // The window was closed: nobody is left who could stop this server with Ctrl+C.
    if (process.platform === 'win32' || (hadTerminal && terminals().length === 0)) stop('SIGHUP');
    else handler.reopen();
  });
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return off;
}

/** The standard descriptors that are a living terminal. */
function terminals(): number[] {
  return [0, 1, 2].filter((fd) => isatty(fd));
}
