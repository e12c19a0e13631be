// Where the client begins: one process, one command line.
import { EXIT } from './exit-codes.ts';
import { run } from './program.ts';

/**
 * Runs a command line, given without the program's name, which people type as `typed`. Gives the exit code when all output is taken; ends the
 * process at once when the person interrupted it. Never throws.
 */
export async function main(args: readonly string[], typed = 'kentongan'): Promise<number> {
  const exitCode = await run(args, process, typed);
  if (exitCode === EXIT.INTERRUPTED) process.exit(exitCode);
  // Pipes are written behind our back.
  await Promise.all([process.stdout, process.stderr].map(flushed));
  return exitCode;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
