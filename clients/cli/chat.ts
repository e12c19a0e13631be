// `kentongan chat`: asks for what is missing, connects, converses, leaves.
import { createInterface } from 'node:readline/promises';
import { FaultCode, limits, utf8Bytes, type Welcome } from '../../src/protocol/index.ts';
import { type ChatClient, ClientError, limitsOf } from '../sdk/index.ts';
import { enterLine } from './actions.ts';
import { complete } from './completion.ts';
import { clientFor, connectOnce } from './connect.ts';
import { Conversation } from './conversation.ts';
import type { Environment } from './environment.ts';
import { errorText, exitCodeOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { type Identity, openIdentity } from './identity.ts';
import { LineDisplay, LineOutput, linesIn } from './line-mode.ts';
import { loginName } from './login-name.ts';
import { freeGuess, isInUse, noteUse } from './own-window.ts';
import { safeText } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import { addressText, serverKey, type Target } from './target.ts';
import type { Display } from './teller.ts';
import { isCapable, Terminal } from './terminal.ts';

/** Refusals after which another name may do. */
const NAME_FAULTS: ReadonlySet<number> = new Set([
  FaultCode.NAME_TAKEN,
  FaultCode.NAME_HELD,
  FaultCode.NAME_BAD,
  FaultCode.NAME_CONFUSABLE,
  FaultCode.NAME_BOUND,
  FaultCode.SECRET_USED,
]);
/** How long whoever pipes lines waits for a room, and at the end for what is not stored: as long as `send`. */
const PATIENCE_MS = 60_000;
const SIGNALS = { SIGINT: EXIT.INTERRUPTED, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs until the person leaves. Gives the exit code. */
export async function chat(target: Target, environment: Environment): Promise<number> {
  const isInteractive = isCapable(environment.stdin, environment.stdout, environment.variables);
  const directory = stateDirectory(environment.variables);
  const server = serverKey(target);
  let guess = freeGuess(directory, server, loginName());
  let name = target.name;
  for (;;) {
    if (name === undefined) {
      name = isInteractive ? await askName(guess, environment) : guess;
      if (name === undefined) return EXIT.INTERRUPTED;
    }
    if (name === '') {
      environment.complain(environment.texts.chat.nameNeeded);
      return EXIT.USAGE;
    }
    const entered = await enter(
      { ...target, name },
      openIdentity(directory, server, name),
      environment,
      isInteractive,
    );
    if (entered !== 'otherName') return entered;
    guess = '';
    name = undefined;
  }
}

/** Asks until there is an answer. Undefined: Ctrl-C or Ctrl-D. */
async function askName(guess: string, { stdin, stdout, texts }: Environment): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, output: stdout });
  const left = new AbortController();
  lines.once('close', () => left.abort());
  lines.once('SIGINT', () => left.abort());
  try {
    for (;;) {
      const answer = (await lines.question(texts.chat.askName(guess), { signal: left.signal })).trim();
      if (answer !== '' || guess !== '') return answer === '' ? guess : answer;
    }
  } catch {
    stdout.write('\n');
    return undefined;
  } finally {
    lines.close();
  }
}

type Named = Target & { readonly name: string };

async function enter(
  target: Named,
  identity: Identity,
  environment: Environment,
  isInteractive: boolean,
): Promise<number | 'otherName'> {
  const { texts } = environment;
  const directory = stateDirectory(environment.variables);
  const server = serverKey(target);
  if (isInUse(directory, server, target.name))
    environment.remark(texts.chat.hereAlready(safeText(target.name)));
  const client = clientFor(
    target,
    { name: target.name, secret: identity.secret, beside: false },
    texts.locale,
  );
  const talk = isInteractive ? inTerminal : inLines;
  try {
    return await talk(target, identity, client, environment, async () => {
      if (isInteractive) environment.remark(texts.chat.connecting(safeText(addressText(target))));
      const welcome = await connectOnce(client);
      return { welcome, done: noteUse(directory, server, target.name) };
    });
  } catch (error) {
    environment.complain(errorText(error, target, texts));
    const isName = error instanceof ClientError && NAME_FAULTS.has(error.code);
    if (isName) identity.discardIfNew();
    return isName && isInteractive ? 'otherName' : exitCodeOf(error);
  }
}

type Connect = () => Promise<{ readonly welcome: Welcome; readonly done: () => void }>;

async function inTerminal(
  target: Named,
  identity: Identity,
  client: ChatClient,
  { stdin, stdout, texts, colour }: Environment,
  connect: Connect,
): Promise<number> {
  let textBytesMax: number = limits.TEXT_BYTES_MAX;
  const terminal = new Terminal(stdin, stdout, colour, {
    onLine: (text) => {
      const bytes = utf8Bytes(text);
      if (bytes <= textBytesMax) void enterLine(conversation, text);
      else conversation.teller.remark(texts.chat.tooLong(bytes, textBytesMax), 'alarm');
      return bytes <= textBytesMax;
    },
    onLeave: () => void conversation.quit(),
    complete: (line) => complete(line, namesIn(conversation)),
  });
  const conversation = new Conversation({ client, display: terminal, identity, target, texts });
  const { welcome, done } = await connect();
  textBytesMax = limitsOf(welcome).textBytes;
  terminal.open();
  const free = onSignals(conversation);
  try {
    await conversation.start(welcome);
    return await conversation.over;
  } finally {
    free();
    terminal.close();
    done();
  }
}

async function inLines(
  target: Named,
  identity: Identity,
  client: ChatClient,
  { stdin, stdout, texts }: Environment,
  connect: Connect,
): Promise<number> {
  const output = new LineOutput(stdout, client, () => void conversation.quit());
  const display: Display = new LineDisplay(output);
  const conversation = new Conversation({
    client,
    display,
    identity,
    target,
    texts,
    patienceMs: PATIENCE_MS,
  });
  const { welcome, done } = await connect();
  const free = onSignals(conversation);
  try {
    await conversation.start(welcome);
    void readLines(conversation, stdin);
    return await conversation.over;
  } finally {
    free();
    done();
    stdin.destroy();
  }
}

/** Never rejects. */
async function readLines(conversation: Conversation, stdin: NodeJS.ReadStream): Promise<void> {
  try {
    for await (const line of linesIn(stdin)) {
      await enterLine(conversation, line);
      await conversation.speech.room();
    }
  } catch (error) {
    const { teller } = conversation;
    teller.remark(teller.texts.send.inputFailed(safeText(String(error))), 'alarm');
    return conversation.quit(EXIT.FAILURE);
  }
  return conversation.goodbye();
}

function onSignals(conversation: Conversation): () => void {
  const handlers = Object.entries(SIGNALS).map(([signal, exitCode]) => {
    const handler = (): void => void conversation.quit(exitCode);
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}

function namesIn(conversation: Conversation): { people: string[]; rooms: string[] } {
  const members = conversation.active?.view.members.values() ?? [];
  const people = [...members].map(({ name }) => name);
  const peers = conversation.rooms.flatMap(({ view }) => (view.peer === undefined ? [] : [view.peer.name]));
  const rooms = conversation.rooms.flatMap(({ view, isPrivate }) => (isPrivate ? [] : [view.room]));
  return { people: [...people, ...peers], rooms };
}
