// A real server, twenty honest people in it, and what both say of themselves.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Child } from '../../bench/child.ts';
import type { Transport } from '../../bench/link.ts';
import { statusOf } from '../../bench/status.ts';
import { OperatorLogReader } from '../faults/operator-log.ts';
import { Server } from '../faults/server.ts';
import type { CrowdReport, CrowdTask, CrowdWord } from './crowd.ts';
import type { Findings } from './finding.ts';
import { askHeap } from './measures.ts';

/** What is alive, bytes. */
export interface Live {
  readonly heap: number;
  readonly buffers: number;
}

export interface SceneOptions {
  /** The checkout that is run. */
  readonly tree: string;
  readonly folder: string;
  readonly findings: Findings;
  readonly seed: number;
  readonly people: number;
  readonly transports: readonly Transport[];
  /** More words for `serve`. */
  readonly flags: readonly string[];
  readonly descriptors?: number | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
  readonly password?: string | undefined;
  readonly visitors?: boolean | undefined;
  /** What may be said on standard error. */
  readonly warning?: RegExp | undefined;
}

const SETTLE_MS_MAX = 60_000;
const SETTLE_TICK_MS = 250;
const HEAP_LOOKS_MAX = 12;
const HEAP_STABLE = 0.995;
const REPORT_MS_MAX = 60_000;
/** Visitors, who may just be in, or held. */
const VISITORS = 8;

/** All child processes that still run, so that none is left behind. */
const children = new Set<{ kill(): Promise<void> }>();

export function keep<T extends { kill(): Promise<void> }>(child: T): T {
  children.add(child);
  return child;
}

export function letGo(child: { kill(): Promise<void> }): void {
  children.delete(child);
}

export async function killChildren(): Promise<void> {
  await Promise.all([...children].map((child) => child.kill()));
}

/** Owns: one server process, one process of honest people. */
export class Scene {
  readonly server: Server;
  readonly data: string;
  readonly marker: string;
  readonly #options: SceneOptions;
  readonly #operatorLog: OperatorLogReader;
  #crowd: Child<CrowdReport> | undefined;

  constructor(options: SceneOptions) {
    this.#options = options;
    this.data = join(options.folder, 'data');
    mkdirSync(this.data, { recursive: true, mode: 0o700 });
    this.marker = `rahasia-${options.seed.toString(36)}-hanya-berdua`;
    const operatorLog = join(options.folder, 'operator.log');
    this.#operatorLog = new OperatorLogReader(operatorLog);
    const { tree, descriptors, environment } = options;
    const flags = [...options.flags, ...this.#passwordFlags()];
    this.server = new Server({
      tree,
      data: this.data,
      operatorLog,
      flags,
      ...(descriptors === undefined ? {} : { descriptors }),
      ...(environment === undefined ? {} : { environment }),
    });
  }

  #passwordFlags(): readonly string[] {
    const { password, folder } = this.#options;
    if (password === undefined) return [];
    const file = join(folder, 'password');
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    return ['--password-file', file];
  }

  /** Resolves when everybody is in the room and talks. */
  async begin(): Promise<void> {
    if (!(await this.server.ready())) {
      throw new Error(`the server did not start: ${this.server.complaint}`);
    }
    const { people, transports, seed, password = '', visitors = true } = this.#options;
    const task: CrowdTask = {
      port: this.server.port,
      people,
      transports,
      seed,
      marker: this.marker,
      password,
      visitors,
    };
    this.#crowd = keep(new Child<CrowdReport>('../test/hostile/crowd.ts', task));
    await this.#crowd.next();
  }

  /** From now on the honest people are timed anew. */
  mark(): void {
    this.#tell('mark');
  }

  /** What the honest people have seen since the mark; what was wrong is a finding. */
  async report(): Promise<CrowdReport> {
    const crowd = this.#crowd;
    if (crowd === undefined) throw new Error('nobody is there');
    this.#tell('report');
    const late = wait(REPORT_MS_MAX, undefined, { ref: false });
    const report = await Promise.race([crowd.next(), late]);
    if (report === undefined) throw new Error('the honest people say nothing more');
    for (const [kind, text] of report.found) this.#options.findings.add(kind, text);
    return report;
  }

  /** Resolves when nobody is there but the honest people. False: that did not come about. */
  async settled(): Promise<boolean> {
    const { people } = this.#options;
    for (const since = performance.now(); performance.now() - since < SETTLE_MS_MAX; ) {
      const { sessions, users } = await statusOf(this.data);
      if (sessions <= people + 1 && users <= people + VISITORS) return true;
      await wait(SETTLE_TICK_MS);
    }
    return false;
  }

  /**
   * What is alive behind collections, when one more frees hardly anything: code that was not used for some of them is
   * let go, too.
   */
  async live(): Promise<Live> {
    let last: Live = { heap: Number.POSITIVE_INFINITY, buffers: 0 };
    for (let look = 0; look < HEAP_LOOKS_MAX; look++) {
      const { liveBytes, arrayBufferBytes } = await askHeap(this.#options.tree, this.data);
      const isStable = liveBytes > last.heap * HEAP_STABLE;
      last = { heap: liveBytes, buffers: arrayBufferBytes };
      if (isStable && look >= 2) break;
      await wait(SETTLE_TICK_MS);
    }
    return last;
  }

  /** Sends everybody home, stops the server, and reads what it has said. */
  async end(): Promise<void> {
    const { findings, warning } = this.#options;
    if (this.#crowd !== undefined) {
      this.#tell('stop');
      await this.#crowd.ended();
      letGo(this.#crowd);
    }
    const { code, signal } = await this.server.stop();
    if (code !== 0) findings.add('crash', `the server ended with ${signal ?? code}`);
    const lines = this.server.complaint
      .split('\n')
      .filter((line) => line !== '' && warning?.test(line) !== true);
    if (lines.length > 0) findings.add('defect', `on standard error: ${lines.join('\n')}`);
    for (const { event, text } of this.#operatorLog.next()) {
      if (event === 'defect') findings.add('defect', text);
    }
  }

  #tell(word: CrowdWord): void {
    this.#crowd?.tell(word);
  }
}
