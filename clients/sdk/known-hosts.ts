// The certificates that were seen before, in a file. Node only: import it from here.
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { serverKey } from './server-key.ts';
import { type CertificateFacts, type Judgement, requireFingerprint, type Trust } from './trust.ts';

/** What is remembered of a server. */
export interface KnownHost {
  /** `host:port` as serverKey writes it. */
  readonly server: string;
  /** 64 lower-case hexadecimal digits; '' = any certificate that the system's authorities vouch for. */
  readonly fingerprint: string;
  /** The day on which it was written, YYYY-MM-DD, UTC. */
  readonly day: string;
}

/** A line that can not be read. It stays in the file. */
export interface DamagedLine {
  /** From 1. */
  readonly line: number;
  /** Not safe for a terminal. */
  readonly text: string;
}

/** The file can not be used; so no server can be judged. `damaged`: the server's own line can not be read. */
export class KnownHostsError extends Error {
  readonly problem: 'read' | 'write' | 'damaged';
  readonly path: string;
  /** The damaged line, from 1; 0 = none. */
  readonly line: number;

  constructor(
    problem: KnownHostsError['problem'],
    path: string,
    details: { line?: number; cause?: unknown },
  ) {
    super(`${problem}: ${path}`, { cause: details.cause });
    this.name = 'KnownHostsError';
    this.problem = problem;
    this.path = path;
    this.line = details.line ?? 0;
  }
}

export interface KnownHostsOptions {
  /** A server was seen for the first time, with nothing to compare it to, and is pinned. Tell the person. */
  readonly onFirstUse?: (host: string, port: number, fingerprint: string) => void;
  /** Called once for each damaged line. */
  readonly onDamaged?: (line: DamagedLine, path: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

type Pin =
  /** A person has said that it is this one: by accepting it, or with an invitation. */
  | { readonly by: 'person'; readonly fingerprint: string }
  /** It was the first one that was seen, and nobody has checked it. */
  | { readonly by: 'first-use'; readonly fingerprint: string }
  /** The system's authorities vouched for it. They must go on to do so. */
  | { readonly by: 'authority' }
  | { readonly by: 'damage'; readonly line: number };

/** What a line says of a server; `nobody`: that it is new again. */
type Said = Exclude<Pin, { by: 'damage' }> | { readonly by: 'nobody' };

interface Contents {
  readonly hosts: ReadonlyMap<string, KnownHost>;
  readonly pins: ReadonlyMap<string, Pin>;
  readonly damaged: readonly DamagedLine[];
}

const LINE =
  /^(?<server>\S+) (?:sha256:(?<fingerprint>[0-9a-f]{64})|(?<word>authority|forgotten)) (?<day>\d{4}-\d{2}-\d{2})(?<unchecked> unchecked)?$/;

/**
 * Trust on first use, kept in a file of lines `host:port sha256:<64 hex> YYYY-MM-DD`; the last line of a server counts.
 * - A server that is not in the file is pinned (`… unchecked` at the end of the line), and `onFirstUse` tells of it.
 * - A pinned server must show the pinned certificate. No authority replaces it: on many a school's machines there is
 *   one that vouches for whatever stands in between.
 * - Whoever was invited with a fingerprint uses `expecting`. What a person has said, by that or by `accept`, stays what
 *   it is: nothing that this class finds out by itself takes its place, and no line of that kind behind it counts.
 * - A certificate that nobody has said anything of, and that the system's authorities vouch for, is not pinned, or not
 *   any more, as it is renewed often. What is remembered is that they vouch (`host:port authority YYYY-MM-DD`): from
 *   then on they must, or whoever stands in the middle could begin anew with a certificate of their own.
 * - A server that a person has had forgotten (`host:port forgotten YYYY-MM-DD`) is new again.
 *
 * Lines are only ever appended, each in one write, so processes that use the file at once lose nothing of each
 * other's; what can not be read stays where it is. The file is made for this user alone (0600).
 */
export class KnownHosts implements Trust {
  readonly path: string;
  readonly #options: KnownHostsOptions;
  readonly #told = new Set<string>();
  /** One judgement at a time: the second of two connections to a new server finds its pin. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, options: KnownHostsOptions = {}) {
    this.path = path;
    this.#options = options;
  }

  /** Rejects with KnownHostsError. */
  judge(host: string, port: number, fingerprint: string, facts: CertificateFacts): Promise<Judgement> {
    return this.#inTurn(() => this.#judge(host, port, fingerprint, facts, undefined));
  }

  /**
   * For a server whose fingerprint came with an invitation: no other is accepted, and it is remembered without a
   * word. What was remembered before still counts: only `accept` replaces it.
   * @throws RangeError when it is no fingerprint
   */
  expecting(fingerprint: string): Trust {
    const expected = requireFingerprint(fingerprint);
    return {
      judge: (host, port, presented, facts) =>
        this.#inTurn(() => this.#judge(host, port, presented, facts, expected)),
    };
  }

  /**
   * From now on this certificate is the server's. Only a person may decide that. Rejects with KnownHostsError.
   * @throws RangeError when it is no fingerprint
   */
  accept(host: string, port: number, fingerprint: string): Promise<void> {
    const accepted = requireFingerprint(fingerprint);
    return this.#inTurn(async () => {
      const server = serverKey(host, port);
      const pin = (await this.#read()).pins.get(server);
      if (pin?.by === 'person' && pin.fingerprint === accepted) return;
      await this.#append(server, { by: 'person', fingerprint: accepted });
    });
  }

  /** The server is new again. Only a person may decide that. False: it was not known. Rejects with KnownHostsError. */
  forget(host: string, port: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const server = serverKey(host, port);
      const isKnown = (await this.#read()).pins.has(server);
      if (isKnown) await this.#append(server, { by: 'nobody' });
      return isKnown;
    });
  }

  /** What the file says of a server. Rejects with KnownHostsError. */
  async find(host: string, port: number): Promise<KnownHost | undefined> {
    return (await this.#read()).hosts.get(serverKey(host, port));
  }

  /** All that the file says, in the order in which servers were met. Rejects with KnownHostsError. */
  async list(): Promise<KnownHost[]> {
    return [...(await this.#read()).hosts.values()];
  }

  async #judge(
    host: string,
    port: number,
    presented: string,
    { chainIsValid }: CertificateFacts,
    expected: string | undefined,
  ): Promise<Judgement> {
    if (expected !== undefined && expected !== presented) return { trusted: false, expected, by: 'invite' };
    const server = serverKey(host, port);
    const found = pinOf(presented, chainIsValid, expected);
    const pin = (await this.#read()).pins.get(server);
    if (pin !== undefined) {
      const judgement = this.#compare(pin, presented, chainIsValid);
      const isMore = expected !== undefined || chainIsValid;
      if (judgement.trusted && pin.by === 'first-use' && isMore) await this.#append(server, found);
      return judgement;
    }
    await this.#append(server, found);
    // Another process may have met another certificate at the same moment.
    const kept = (await this.#read()).pins.get(server);
    if (kept === undefined) throw new KnownHostsError('write', this.path, {});
    const judgement = this.#compare(kept, presented, chainIsValid);
    const isUnchecked = !chainIsValid && expected === undefined;
    if (judgement.trusted && isUnchecked) this.#options.onFirstUse?.(host, port, presented);
    return judgement;
  }

  #compare(pin: Pin, presented: string, chainIsValid: boolean): Judgement {
    switch (pin.by) {
      case 'damage':
        throw new KnownHostsError('damaged', this.path, { line: pin.line });
      case 'authority':
        return chainIsValid ? { trusted: true } : { trusted: false, expected: '', by: 'pin' };
      case 'person':
      case 'first-use':
        return pin.fingerprint === presented
          ? { trusted: true }
          : { trusted: false, expected: pin.fingerprint, by: 'pin' };
    }
  }

  async #read(): Promise<Contents> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (cause) {
      if (!isMissing(cause)) throw new KnownHostsError('read', this.path, { cause });
      text = '';
    }
    const contents = contentsOf(text);
    for (const line of contents.damaged) {
      if (this.#told.has(line.text)) continue;
      this.#told.add(line.text);
      this.#options.onDamaged?.(line, this.path);
    }
    return contents;
  }

  async #append(server: string, said: Said): Promise<void> {
    const now = this.#options.now ?? Date.now;
    const day = new Date(now()).toISOString().slice(0, 10);
    try {
      await makeDirectory(dirname(this.path));
      await appendLine(this.path, `${server} ${lineOf(said, day)}`);
    } catch (cause) {
      throw new KnownHostsError('write', this.path, { cause });
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function contentsOf(text: string): Contents {
  const hosts = new Map<string, KnownHost>();
  const pins = new Map<string, Pin>();
  const damaged: DamagedLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const { server, said, day } = readLine(line) ?? {};
    if (server === undefined || said === undefined || day === undefined) {
      damaged.push({ line: index + 1, text: line });
      // A server whose pin can not be read is no new server.
      pins.set(line.split(' ', 1)[0] ?? line, { by: 'damage', line: index + 1 });
    } else if (said.by === 'nobody') {
      hosts.delete(server);
      pins.delete(server);
    } else if (said.by === 'person' || pins.get(server)?.by !== 'person') {
      // Two processes may have met the server at the same moment, and one of them has an invitation.
      hosts.set(server, { server, fingerprint: 'fingerprint' in said ? said.fingerprint : '', day });
      pins.set(server, said);
    }
  }
  return { hosts, pins, damaged };
}

/** What is kept of a server that nothing better is known of. */
function pinOf(presented: string, chainIsValid: boolean, expected: string | undefined): Said {
  if (expected !== undefined) return { by: 'person', fingerprint: presented };
  return chainIsValid ? { by: 'authority' } : { by: 'first-use', fingerprint: presented };
}

function lineOf(said: Said, day: string): string {
  switch (said.by) {
    case 'person':
      return `sha256:${said.fingerprint} ${day}`;
    case 'first-use':
      return `sha256:${said.fingerprint} ${day} unchecked`;
    case 'authority':
      return `authority ${day}`;
    case 'nobody':
      return `forgotten ${day}`;
  }
}

/** Undefined: damaged. */
function readLine(
  line: string,
): { readonly server: string; readonly said: Said; readonly day: string } | undefined {
  const { server, fingerprint, word, day, unchecked } = LINE.exec(line)?.groups ?? {};
  if (server === undefined || day === undefined) return undefined;
  if (fingerprint !== undefined) {
    return { server, said: { by: unchecked === undefined ? 'person' : 'first-use', fingerprint }, day };
  }
  if (unchecked !== undefined) return undefined;
  return { server, said: { by: word === 'forgotten' ? 'nobody' : 'authority' }, day };
}

/** In one write, on a line of its own even behind one that a crash has left unfinished. */
async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = new Uint8Array(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    const bytes = new TextEncoder().encode(`${size > 0 && last[0] !== 0x0a ? '\n' : ''}${line}\n`);
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten !== bytes.length) throw new Error('the line was written in part');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** As `recursive` of mkdir, which never ends where the parent exists and nothing can be made in it, as in /proc. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await makeOne(path);
  }
}

/** One that is there, or that another program makes at the same moment, will do. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
