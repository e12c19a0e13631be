// How a conversation without a person ends when not everything can be stored.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { enterLine } from '../../../clients/cli/actions.ts';
import { Conversation } from '../../../clients/cli/conversation.ts';
import { parseTarget } from '../../../clients/cli/target.ts';
import { openUserFile } from '../../../clients/cli/user-file.ts';
import { flat } from '../../../clients/cli/paragraph.ts';
import { TEXTS_EN } from '../../../clients/cli/texts-en.ts';
import type { Proposal } from '../../../src/roomlog/roomlog.ts';
import type { ManualClock } from '../../core/rig.ts';
import { ScriptedLog } from '../../core/scripted-log.ts';
import { Lan, type Wire } from '../sdk/lan.ts';

/** A disk that may be full. */
class Disk extends ScriptedLog {
  readonly #clock: ManualClock;
  isFull = false;

  constructor(clock: ManualClock) {
    super(clock);
    this.#clock = clock;
  }

  override append(room: string, proposal: Proposal): void {
    this.auto = !this.isFull;
    super.append(room, proposal);
    if (this.isFull) this.#clock.defer(() => this.fail(room, 'STORAGE_FULL'));
  }
}

const PLACE = { ...parseTarget('alice@lan'), byKey: false };

class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), 'kentongan-end-'));
  readonly lines: string[] = [];
  readonly disk: Disk;
  readonly conversation: Conversation;
  readonly wire: () => Wire;
  readonly #lan: Lan;
  /** Virtual time runs twenty times as fast. */
  readonly #ticking: NodeJS.Timeout;

  constructor(patienceMs: number | undefined, retryMs = 10) {
    const disks: Disk[] = [];
    this.#lan = new Lan({
      log: (clock) => {
        disks.push(new Disk(clock));
        return disks[0] as Disk;
      },
    });
    this.disk = disks[0] as Disk;
    const { client, wire } = this.#lan.client('alice', { reconnect: { minMs: retryMs, maxMs: retryMs } });
    this.wire = wire;
    this.conversation = new Conversation({
      client,
      display: { print: (paragraph) => this.lines.push(flat(paragraph)), prompt: () => undefined },
      userFile: openUserFile(this.directory, 'lan', 'alice'),
      place: PLACE,
      texts: TEXTS_EN,
      patienceMs,
    });
    this.#ticking = setInterval(() => void this.#lan.pass(100), 5);
    this.client = client;
  }

  readonly client;

  async start(): Promise<void> {
    await this.conversation.start(await this.client.connect());
  }

  async enter(...lines: string[]): Promise<void> {
    for (const line of lines) await enterLine(this.conversation, line);
  }

  /** Lets real milliseconds pass. */
  async pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  end(): void {
    clearInterval(this.#ticking);
    rmSync(this.directory, { recursive: true, force: true });
  }

  ours(): string[] {
    return this.lines.filter((line) => /stored|not be entered|disk is full/.test(line));
  }
}

let scene: Scene | undefined;
beforeEach(() => {
  scene = undefined;
});
afterEach(() => scene?.end());

function open(patienceMs: number | undefined, retryMs?: number): Scene {
  scene = new Scene(patienceMs, retryMs);
  return scene;
}

const FULL = "The server's disk is full. It is tried again; tell whoever runs the server.";

describe('the end of the input', () => {
  test('with a full disk waits as long as it may, then says what is not stored: 1', async () => {
    const { conversation, disk, ...rest } = open(300);
    const here = rest.lines;
    await scene?.start();
    await scene?.enter('one');
    await scene?.pause(50);
    disk.isFull = true;
    await scene?.enter('two', 'three');
    void conversation.goodbye();
    expect(await conversation.over).toBe(1);
    expect(scene?.ours()).toEqual([
      FULL,
      '2 messages are not stored yet: waiting 1 seconds at most.',
      'Not stored: two',
      'Not stored: three',
      '1 message stored, 2 not stored.',
    ]);
    expect(here.some((line) => line.endsWith('alice: one'))).toBe(true);
  });

  test('waits until there is space again: 0', async () => {
    const { conversation, disk } = open(10_000);
    await scene?.start();
    disk.isFull = true;
    await scene?.enter('two');
    void conversation.goodbye();
    await scene?.pause(100);
    disk.isFull = false;
    expect(await conversation.over).toBe(0);
    expect(scene?.lines.filter((line) => line.endsWith('alice: two'))).toHaveLength(1);
    expect(scene?.ours()).toEqual([FULL]);
  });

  test('while the server is away tells what was never sent from what may have arrived: 1', async () => {
    const { conversation, wire } = open(300, 3_600_000);
    await scene?.start();
    // Written, and lost on the way.
    void scene?.enter('one');
    wire().cut();
    await scene?.pause(50);
    await scene?.enter('two');
    void conversation.goodbye();
    expect(await conversation.over).toBe(1);
    expect(scene?.ours()).toEqual([
      '2 messages are not stored yet: waiting 1 seconds at most.',
      'Perhaps stored: one',
      'Not stored: two',
      '0 messages stored, 1 not stored, 1 unknown: look at the history before you repeat them.',
    ]);
  });

  test('a room that can not be entered in time is given up: 1', async () => {
    const { conversation, disk } = open(300);
    disk.isFull = true;
    await scene?.start();
    expect(await conversation.over).toBe(1);
    expect(scene?.ours()).toEqual([FULL, 'lobby could not be entered in 1 seconds: giving up.']);
  });

  test('a signal ends the waiting', async () => {
    const { conversation, disk } = open(60_000);
    await scene?.start();
    disk.isFull = true;
    await scene?.enter('two');
    void conversation.goodbye();
    await scene?.pause(50);
    void conversation.quit(130);
    expect(await conversation.over).toBe(130);
    expect(scene?.ours()).toContain('Not stored: two');
  });

  test('a person does not wait, and sees what is lost', async () => {
    const { conversation, wire } = open(undefined, 3_600_000);
    await scene?.start();
    wire().cut();
    await scene?.pause(50);
    await scene?.enter('/nonsense', 'two');
    const begun = performance.now();
    void conversation.goodbye();
    expect(await conversation.over).toBe(1);
    expect(performance.now() - begun).toBeLessThan(900);
    expect(scene?.ours()).toEqual(['Not stored: two', '0 messages stored, 1 not stored.']);
  });
});
