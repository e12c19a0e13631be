// `kentongan chat`: asks for what is missing, connects, converses, leaves.
import { createInterface } from 'node:readline/promises';
import { FaultCode, limits, utf8Bytes, type Welcome } from '../../src/protocol/index.ts';
import { type ChatClient, ClientError, limitsOf } from '../sdk/index.ts';
import { enterLine } from './actions.ts';
import { complete } from './completion.ts';
import { Door } from './connect.ts';
import { Conversation } from './conversation.ts';
import type { Environment } from './environment.ts';
import { failure } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { defaultName, findIdentity } from './identity.ts';
import { LineDisplay, LineOutput, linesIn } from './line-mode.ts';
import { loginName } from './login-name.ts';
import { freeGuess, isInUse, noteUse } from './own-window.ts';
import { safeText } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import { addressText, stateKey, type Target } from './target.ts';
import type { Display } from './teller.ts';
import { isCapable, Terminal } from './terminal.ts';
import { type Named, whoIs } from './who.ts';

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

export interface ChatRequest {
  readonly target: Target;
  /** Although there may be a key for the name. */
  readonly isGuest: boolean;
}

/** Runs until the person leaves. Gives the exit code. */
export async function chat({ target, isGuest }: ChatRequest, environment: Environment): Promise<number> {
  const isInteractive = isCapable(environment.stdin, environment.stdout, environment.variables);
  let guess = guessName(target, isGuest, environment);
  let name = target.name;
  const door = new Door(target, environment);
  for (;;) {
    if (name === undefined) {
      name = isInteractive ? await askName(guess, environment) : guess;
      if (name === undefined) return EXIT.INTERRUPTED;
    }
    if (name === '') {
      environment.complain(environment.texts.chat.nameNeeded);
      return EXIT.USAGE;
    }
    const who = whoIs(target, name, { isGuest, beside: false }, environment);
    const entered = await enter(door, { ...target, name, byKey: who.is === 'key' }, who, environment);
    if (entered !== 'otherName') return entered;
    guess = '';
    name = undefined;
  }
}

/** Several windows may have one key, but not one secret. */
function guessName(target: Target, isGuest: boolean, { variables }: Environment): string {
  const directory = stateDirectory(variables);
  const name = isGuest ? loginName() : defaultName(directory);
  const hasKey = !isGuest && target.transport === 'tls' && findIdentity(directory, name) !== undefined;
  return hasKey ? name : freeGuess(directory, stateKey(target), name);
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

type Place = Target & { readonly name: string; readonly byKey: boolean };

async function enter(
  door: Door,
  place: Place,
  who: Named,
  environment: Environment,
): Promise<number | 'otherName'> {
  const isInteractive = isCapable(environment.stdin, environment.stdout, environment.variables);
  try {
    return await door.through(() => (isInteractive ? inTerminal : inLines)(door, place, who, environment));
  } catch (error) {
    const exitCode = failure(error, place, environment);
    const isName = error instanceof ClientError && NAME_FAULTS.has(error.code);
    if (isName) who.userFile.discardIfNew();
    return isName && isInteractive ? 'otherName' : exitCode;
  }
}

/** Connects, and notes for other windows that the name is in use; the note is for the caller to take back. */
async function connect(
  door: Door,
  client: ChatClient,
  place: Place,
  { variables, texts, remark }: Environment,
): Promise<{ readonly welcome: Welcome; readonly done: () => void }> {
  const directory = stateDirectory(variables);
  const server = stateKey(place);
  if (!place.byKey && isInUse(directory, server, place.name))
    remark(texts.chat.hereAlready(safeText(place.name)));
  const welcome = await door.connect(client);
  return { welcome, done: noteUse(directory, server, place.name) };
}

async function inTerminal(door: Door, place: Place, who: Named, environment: Environment): Promise<number> {
  const { stdin, stdout, texts, colour, remark } = environment;
  const client = door.client(who);
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
  const { userFile } = who;
  const conversation = new Conversation({ client, display: terminal, userFile, place, texts });
  remark(texts.chat.connecting(safeText(addressText(place))));
  const { welcome, done } = await connect(door, client, place, environment);
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

async function inLines(door: Door, place: Place, who: Named, environment: Environment): Promise<number> {
  const { stdin, stdout, texts } = environment;
  const client = door.client(who);
  const output = new LineOutput(stdout, client, () => void conversation.quit());
  const display: Display = new LineDisplay(output);
  const conversation = new Conversation({
    client,
    display,
    userFile: who.userFile,
    place,
    texts,
    patienceMs: PATIENCE_MS,
  });
  const { welcome, done } = await connect(door, client, place, environment);
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
