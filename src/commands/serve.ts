// `kentongan serve`: a server, with people in front of it.
import type { Config } from '../config/config.ts';
import { timeText } from '../config/limits.ts';
import { createServer, type Server } from '../index.ts';
import { lineOf } from '../observe/lines.ts';
import type { OperatorEvent } from '../observe/operator-event.ts';
import { Output } from './output.ts';
import { type BannerFacts, bannerLines, plainWarnings, storageWarnings } from './banner.ts';
import { lanAddresses } from './places.ts';
import { onSignals } from './signals.ts';
import { fold } from '../texts/fold.ts';
import { fill, type Texts } from '../texts/texts.ts';

const STDOUT = 1;
const STDERR = 2;
const DRAIN_MS = 5_000;
const FLUSH_MS = 1_000;
/** What is left of the process may take so long to end. */
const LINGER_MS = 2_000;

/**
 * Runs until a signal stops it.
 * @param ready print one JSON line with the real address on standard output; people read standard error then
 * @returns the exit code: 1 when something was not delivered or not logged
 * @throws StartError
 */
export async function serve(config: Config, ready: boolean, texts: Texts): Promise<number> {
  const dropped = (count: number): string => fill(texts['event.dropped'], { count });
  const forPrograms = new Output(STDOUT, dropped);
  const stderr = new Output(STDERR, dropped);
  const people = new Screen(ready ? stderr : forPrograms, ready ? process.stderr : process.stdout);
  const server = await createServer({
    ...config,
    operatorLog: config.operatorLog === '-' ? stderr : config.operatorLog,
    observe: (event) => tell(event, people, config, texts),
  });
  const say = (text: string): void => {
    if (!config.quiet) people.say(text);
  };
  // Before the first line: whoever waits for that may send a signal at once.
  const stopping = Promise.withResolvers<void>();
  const off = onSignals({
    stop: stopping.resolve,
    reopen: () => {
      server.reopenLogs();
      server.reload();
    },
  });
  for (const line of banner(server, config, texts)) say(line);
  const { storage } = server.status();
  const warnings = [...plainWarnings(config, texts), ...storageWarnings(storage, texts)];
  for (const warning of warnings) people.say(warning);
  if (ready) forPrograms.line(readyLine(server));
  await stopping.promise;
  say(texts['serve.stopping']);
  const complete = await server.close({ drain: DRAIN_MS });
  off();
  say(texts[complete ? 'serve.stopped' : 'serve.cut']);
  const flushed = await Promise.all([forPrograms.flush(FLUSH_MS), stderr.flush(FLUSH_MS)]);
  // A write to a terminal that has been stopped would keep this process for ever; so would one to a disk that hangs.
  if (flushed.includes(false)) process.kill(process.pid, 'SIGKILL');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LINGER_MS).unref();
  return complete ? 0 : 1;
}

/** The terminal that an output leads to, if it is one. */
type Window = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/** What people read: no word is cut in two where the window ends. */
class Screen {
  readonly #output: Output;
  readonly #window: Window;

  constructor(output: Output, window: Window) {
    this.#output = output;
    this.#window = window;
  }

  /** `indent`: before the rows that a line takes behind its first. */
  say(line: string, indent = ''): void {
    const { isTTY, columns } = this.#window;
    for (const row of isTTY ? fold(line, columns - 1, indent) : [line]) this.#output.line(row);
  }
}

function tell(event: OperatorEvent, people: Screen, config: Config, texts: Texts): void {
  const line = lineOf(event, texts);
  if (line === undefined || (config.quiet && !line.warning)) return;
  const time = `${clock(new Date())} `;
  people.say(time + line.text, ' '.repeat(time.length));
}

function banner(server: Server, config: Config, texts: Texts): string[] {
  return bannerLines(
    {
      version: server.version,
      address: server.address,
      port: server.port,
      names: config.names,
      fingerprint: server.fingerprint,
      plain: config.plain,
      asks: server.asks,
      membersOnly: config.membersOnly,
      lab: config.lab ? labFacts(server, config) : undefined,
      durability: server.durability,
      data: server.data,
      chatLog: config.log,
      operatorLog: config.operatorLog,
      logPrivate: config.logPrivate,
      lan: lanAddresses(),
    },
    texts,
  );
}

function labFacts({ labCode }: Server, { retainAgeMs, connectionsPerAddress }: Config): BannerFacts['lab'] {
  const age = retainAgeMs === undefined ? '∞' : timeText(retainAgeMs);
  return { code: labCode, age, connectionsPerAddress };
}

function readyLine({ address, port, data, fingerprint }: Server): string {
  return JSON.stringify({ host: address, port, pid: process.pid, data, fingerprint });
}

/** `19:03:11` */
function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
