// One data directory from its first entry on: the people in it, what they know, and the servers that come and go.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askServer } from '../../src/control/client.ts';
import { Mode } from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';
import { audit } from './auditor.ts';
import { Book } from './book.ts';
import { compareChatLog } from './chat-log.ts';
import { compareTools } from './export.ts';
import type { Findings } from './finding.ts';
import { OperatorLogReader, speaksOfDamage } from './operator-log.ts';
import { Person, type Shared } from './person.ts';
import { Server } from './server.ts';

const PEOPLE = 20;
const PUBLIC = ['lobby', 'alpha', 'beta'];
/** Pairs that talk in private, by number. */
const PAIRS = 5;
const CHAT_LOG_MS_MAX = 10_000;
const ALARMS: ReadonlySet<string> = new Set(['error', 'fatal']);

export interface WorldOptions {
  /** The checkout that is run. */
  readonly tree: string;
  readonly random: Random;
  readonly findings: Findings;
  /** More words for `serve`. */
  readonly flags?: readonly string[] | undefined;
  readonly environment?: NodeJS.ProcessEnv;
  /** Where the data directory is made; default: below the system's folder for temporary files. */
  readonly data?: string;
  /** Events of the operator log that this campaign brings about itself. */
  readonly expected?: (event: string) => boolean;
}

/** Folders that are still there, so that none is left behind. */
const folders = new Set<string>();

export function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** Makes a folder of its own that `removeAll` removes. */
export function makeFolder(within: string = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(within, 'kentongan-faults-')));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Owns: a folder, at most one server, all persons. */
export class World implements Shared {
  readonly folder: string;
  readonly data: string;
  readonly findings: Findings;
  readonly refusals = new Map<number, number>();
  readonly books = new Map<string, Book>();
  readonly people: Person[];
  readonly #options: WorldOptions;
  readonly #operatorLog: OperatorLogReader;
  #server: Server | undefined;
  /** What the operator was told, by kind. */
  readonly events = new Map<string, number>();
  /** Readings in all, of entries in all. */
  readings = 0;
  /** Comparisons of chat.log. */
  chatLogs = 0;
  entriesRead = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.findings = options.findings;
    this.folder = makeFolder();
    this.data = options.data ?? join(this.folder, 'data');
    mkdirSync(this.data, { recursive: true, mode: 0o700 });
    this.#operatorLog = new OperatorLogReader(this.#operatorLogPath);
    this.people = Array.from(
      { length: PEOPLE },
      (_, index) => new Person(personName(index), roomsOf(index), this, options.random.fork(index + 1)),
    );
  }

  get #operatorLogPath(): string {
    return join(this.folder, 'operator.log');
  }

  get receipts(): number {
    return [...this.books.values()].reduce((sum, { receipts }) => sum + receipts, 0);
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('no server runs');
    return this.#server;
  }

  bookOf(room: string): Book {
    let book = this.books.get(room);
    if (book === undefined) {
      book = new Book(room, this.findings);
      this.books.set(room, book);
    }
    return book;
  }

  /** Begins a server, without waiting for it. */
  spawn(): Server {
    const { tree, flags = [], environment = {} } = this.#options;
    this.#server = new Server({
      tree,
      data: this.data,
      operatorLog: this.#operatorLogPath,
      // Nobody is away for so long: a Leave would be a defect.
      flags: ['--log-size', '64KiB', '--log-files', '1000', '--grace', '1h', ...flags],
      environment,
    });
    return this.#server;
  }

  /** Starts a server. False: it refused to. */
  async start(): Promise<boolean> {
    const server = this.spawn();
    if (await server.ready()) return true;
    const exit = await server.exit;
    this.findings.add('stuck', `the server did not start (${JSON.stringify(exit)}): ${server.complaint}`);
    this.#server = undefined;
    return false;
  }

  /** Reads every room and judges it by what is known. */
  async judge(): Promise<void> {
    await Promise.all([...this.books.values()].map((book) => this.#judgeRoom(book)));
    this.listen();
  }

  /** Hears what the operator was told. */
  listen(): void {
    const expected = this.#options.expected ?? (() => false);
    for (const line of this.#operatorLog.next()) {
      this.events.set(line.event, (this.events.get(line.event) ?? 0) + 1);
      if (expected(line.event)) continue;
      if (speaksOfDamage(line)) this.findings.add('alarm', line.text);
      else if (ALARMS.has(line.level)) this.findings.add('answer', `operator log: ${line.text}`);
    }
  }

  async #judgeRoom(book: Book): Promise<void> {
    const isPrivate = book.room.startsWith('~');
    // Where nothing was stored there may be no room.
    if (isPrivate && book.newest === 0) return;
    const member = this.people.find(({ places }) => places.some(({ room }) => room === book.room));
    const result = await audit(this.server.port, book.room, isPrivate ? member : undefined);
    this.readings++;
    switch (result.is) {
      case 'whole':
        this.entriesRead += result.payloads.length;
        book.judge(result);
        return;
      case 'cut':
        this.findings.add('lost', `${book.room}: the log begins at #${result.oldest}`);
        return;
      case 'refused':
        this.findings.add('lost', `${book.room}: reading was refused with ${result.code}`);
        return;
      case 'broken':
        this.findings.add('stuck', `${book.room}: could not be read: ${result.reason}`);
        return;
    }
  }

  /**
   * Compares chat.log with the log, line for entry. Nobody talks, and the rooms have been judged: the file may
   * still be behind, for a while.
   */
  async judgeChatLog(): Promise<void> {
    const end = performance.now() + CHAT_LOG_MS_MAX;
    for (;;) {
      const lag = await this.#chatLogLag();
      if (lag === 0) break;
      if (performance.now() > end) {
        this.findings.add('chat.log', `${lag} entries behind after ${CHAT_LOG_MS_MAX / 1000} s`);
        return;
      }
      await sleep(20);
    }
    this.chatLogs++;
    compareChatLog(join(this.data, 'chat.log'), [...this.books.values()], this.findings);
  }

  /** Asks the operator's tools about the log that a stopped server has left. */
  async judgeTools(): Promise<void> {
    await compareTools(this.#options.tree, this.data, [...this.books.values()], this.findings);
  }

  async #chatLogLag(): Promise<number> {
    const reply = await askServer(this.data, { do: 'status' });
    return 'status' in reply ? (reply.status.chatLog?.lag ?? 0) : Number.NaN;
  }

  /** Everybody comes, or comes back, and sends what has no receipt. */
  async gather(): Promise<void> {
    const { port } = this.server;
    await Promise.all(this.people.map((person) => person.connect(port)));
    await Promise.all(this.people.map((person) => person.join()));
  }

  talk(depth: number): void {
    for (const person of this.people) person.talk(depth);
  }

  /** Everybody has every receipt. False: not within `ms`. */
  async settle(ms = 30_000): Promise<boolean> {
    this.talk(0);
    const late = Promise.withResolvers<false>();
    const timer = setTimeout(() => late.resolve(false), ms);
    const all = Promise.all(this.people.map((person) => person.settled())).then(() => true as const);
    const settled = await Promise.race([all, late.promise]);
    clearTimeout(timer);
    if (!settled) {
      const left = this.people.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0);
      this.findings.add('stuck', `${left} lines have no receipt after ${ms / 1000} s`);
    }
    return settled;
  }

  /** The process is killed, and everybody has noticed. */
  async kill(): Promise<void> {
    for (const person of this.people) person.expectEnd();
    await this.server.kill();
    this.#server = undefined;
    await Promise.all(this.people.map((person) => person.ended()));
  }

  /** The server stops in good order. */
  async stop(): Promise<void> {
    for (const person of this.people) person.expectEnd();
    const exit = await this.server.stop();
    if (exit.code !== 0) {
      this.findings.add('stuck', `the server did not stop: ${JSON.stringify(exit)} ${this.server.complaint}`);
    }
    this.#server = undefined;
    await Promise.all(this.people.map((person) => person.ended()));
    this.listen();
  }

  /** Ends whatever still runs, and removes the folder. */
  async remove(): Promise<void> {
    for (const person of this.people) person.cut();
    await this.#server?.kill();
    removeFolder(this.folder);
  }
}

function personName(index: number): string {
  return `p${String(index + 1).padStart(2, '0')}`;
}

/** Everybody is in two public rooms, some in a private one, too; the last ones only send. */
function roomsOf(index: number): ReadonlyArray<readonly [string, Mode]> {
  const mode = index >= PEOPLE - 2 ? Mode.SEND_ONLY : Mode.MEMBER;
  const rooms: Array<readonly [string, Mode]> = [0, 1].map(
    (nth) => [PUBLIC[(index + nth) % PUBLIC.length] ?? 'lobby', mode] as const,
  );
  if (index < 2 * PAIRS) rooms.push([`@${personName(index ^ 1)}`, Mode.MEMBER]);
  return rooms;
}
