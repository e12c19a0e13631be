import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askServer } from '../../src/control/client.ts';
import { findControlPath } from '../../src/control/path.ts';
import { createServer, type Server, type ServerStatus } from '../../src/index.ts';

let directory: string;
let server: Server | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
});
afterEach(async () => {
  await server?.close({ drain: 0 });
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function start(data: string): Promise<void> {
  server = await createServer({ host: '127.0.0.1', port: 0, data });
}

/** Says something to the socket and collects what comes until it closes, or a line is there. */
function say(data: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(findControlPath(data));
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk.toString();
      if (all.includes('\n')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(all));
    socket.write(text);
  });
}

describe('the status socket', () => {
  test('answers, also when the path is longer than a socket may have', async () => {
    for (const name of ['short', 'long-'.repeat(40)]) {
      const data = join(directory, name);
      await start(data);
      const reply = await askServer(data, { do: 'status' });
      expect(reply).toMatchObject({ ok: true, status: { pid: process.pid, port: server?.port, data } });
      const path = findControlPath(data);
      expect(existsSync(path)).toBe(true);
      await server?.close();
      expect(existsSync(path)).toBe(false);
    }
  });

  test('takes the place of one that a killed server left behind', async () => {
    const data = join(directory, 'data');
    await mkdir(data);
    await writeFile(join(data, 'control.sock'), 'stale');
    await start(data);
    expect(await askServer(data, { do: 'status' })).toMatchObject({ ok: true });
  });

  test('says what it can not do, and goes on', async () => {
    const data = join(directory, 'data');
    await start(data);
    expect(JSON.parse(await say(data, '{"do":"dance"}\n'))).toMatchObject({ ok: false });
    expect(JSON.parse(await say(data, 'nonsense\n'))).toMatchObject({ ok: false });
    expect(JSON.parse(await say(data, '{"do":"announce","room":7}\n'))).toMatchObject({ ok: false });
    expect(await say(data, 'x'.repeat(600_000))).toBe('');
    expect(await askServer(data, { do: 'announce', room: 'lobby', text: 'halo' })).toEqual({
      ok: true,
      seq: 1,
    });
    expect(await askServer(data, { do: 'announce', room: 'nowhere', text: 'halo' })).toEqual({
      ok: false,
      reason: 'NO_SUCH_ROOM',
    });
  });

  test('says how late the loop is, what is alive, and what was refused, when it is asked', async () => {
    const data = join(directory, 'data');
    await start(data);
    const asked = async (question: object): Promise<ServerStatus> => {
      const reply = await askServer(data, { do: 'status', ...question });
      if (!('status' in reply)) throw new Error(JSON.stringify(reply));
      return reply.status;
    };
    const plain = await asked({});
    expect(plain).not.toHaveProperty('heap');
    expect(plain.refusals).toEqual({});
    expect(await asked({ measure: true })).not.toHaveProperty('measuredDelayMs');
    const stranger = connect(server?.port ?? 0, '127.0.0.1', () => stranger.write('\x99'));
    await new Promise((resolve) => {
      stranger.on('close', resolve).resume();
    });
    const full = await asked({ heap: true, measure: true });
    expect(full.heap?.liveBytes).toBeGreaterThan(1_000_000);
    expect(full.measuredDelayMs?.samples).toBeGreaterThan(0);
    expect(full.refusals).toEqual({ stranger: 1 });
  });

  test('erases an entry, once', async () => {
    const data = join(directory, 'data');
    await start(data);
    await askServer(data, { do: 'announce', room: 'lobby', text: 'halo' });
    const erase = { do: 'erase', room: 'lobby', seq: 1 } as const;
    expect(await askServer(data, erase)).toEqual({ ok: true, seq: 2 });
    expect(await askServer(data, erase)).toEqual({ ok: false, reason: 'ERASED_ALREADY' });
    expect(await askServer(data, { ...erase, seq: 2 })).toEqual({ ok: false, reason: 'NOT_ERASABLE' });
    expect(await askServer(data, { ...erase, seq: 9 })).toEqual({ ok: false, reason: 'NO_SUCH_ENTRY' });
    expect(await askServer(data, { ...erase, room: 'nowhere' })).toEqual({
      ok: false,
      reason: 'NO_SUCH_ROOM',
    });
  });

  test('nobody there is an answer, too', async () => {
    await expect(askServer(join(directory, 'nowhere'), { do: 'status' })).rejects.toMatchObject({
      key: 'start.status-only',
      exitCode: 1,
    });
  });
});

test('a long path is a link in the data directory to a short one', async () => {
  const data = join(directory, 'long-'.repeat(40));
  await start(data);
  const isPipe = process.platform === 'win32';
  const target = isPipe ? findControlPath(data) : await readlink(join(data, 'control.sock'));
  expect(target.length).toBeLessThan(104);
});
