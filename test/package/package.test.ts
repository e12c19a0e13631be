// What `npm run pack` makes, in the hands of a stranger: installed into an empty folder, it serves and chats,
// its types fit, and the example of the README runs as it stands there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mustRun, ROOT, runNode, runTool } from '../../scripts/tools.ts';

let folder: string;
let tarball: string;
let server: ChildProcess;
let port: number;

/** The client as npm links it, in the folder of somebody who has installed the package. */
function kentongan(args: readonly string[]): ReturnType<typeof runNode> {
  return runNode([join('node_modules', 'kentongan', 'bin', 'kentongan.js'), ...args], folder);
}

async function startServer(): Promise<{ process: ChildProcess; port: number }> {
  const started = spawn(
    process.execPath,
    [
      join('node_modules', 'kentongan', 'bin', 'kentongan.js'),
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--ready',
      'json',
      '--quiet',
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (started.stdout === null) throw new Error('no standard output');
  const lines = createInterface({ input: started.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), once(started, 'exit')])) as [unknown];
  if (typeof line !== 'string') throw new Error(`the server ended with ${String(line)}`);
  return { process: started, port: (JSON.parse(line) as { port: number }).port };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-package-'));
  process.env['KENTONGAN_STATE'] = join(folder, 'state');
  const packed = runNode([join(ROOT, 'scripts', 'pack.ts')]);
  if (packed.status !== 0) throw new Error(packed.output);
  tarball = packed.stdout.trim();
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  mustRun('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder);
  ({ process: server, port } = await startServer());
});

afterAll(async () => {
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(folder, { recursive: true });
});

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly exports: Record<string, unknown>;
  readonly engines: { readonly node: string };
}

const manifestOf = (path: string): Manifest & { optionalDependencies?: unknown; private?: unknown } =>
  JSON.parse(readFileSync(path, 'utf8')) as Manifest;

describe('the tarball', () => {
  test('passes publint', () => {
    const { status, output } = runTool('publint', ['run', tarball, '--strict']);
    expect(output).toContain('All good');
    expect(status).toBe(0);
  });

  test('brings no Node.js and no tools, and depends on what the sources depend on', () => {
    const installed = manifestOf(join(folder, 'node_modules', 'kentongan', 'package.json'));
    expect(installed.dependencies).toEqual(manifestOf(join(ROOT, 'package.json')).dependencies);
    expect(installed).not.toHaveProperty('optionalDependencies');
    expect(installed).not.toHaveProperty('devDependencies');
    expect(installed).not.toHaveProperty('private');
    expect(installed.engines.node).toBe('>=24.15');
  });

  test('holds the compiled files, the schema, the protocol and nothing of the tests', () => {
    const installed = join(folder, 'node_modules', 'kentongan');
    const paths = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((path) =>
      path.replaceAll('\\', '/'),
    );
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'bin/kentongan.js',
        'dist/src/index.js',
        'dist/src/index.d.ts',
        'dist/clients/cli/main.js',
        'docs/protocol.md',
        'proto/kentongan/v1/kentongan.proto',
      ]),
    );
    expect(paths.filter((path) => /^(test|scripts|node_modules)|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  test.each([
    ['kentongan', '../../src/index.ts', 'createServer'],
    ['kentongan/protocol', '../../src/protocol/index.ts', 'decodeFrame'],
    ['kentongan/client', '../../clients/sdk/index.ts', 'ChatClient'],
    ['kentongan/client/tcp', '../../clients/sdk/tcp.ts', 'dialTcp'],
    ['kentongan/client/tls', '../../clients/sdk/tls.ts', 'dialTls'],
    ['kentongan/client/known-hosts', '../../clients/sdk/known-hosts.ts', 'KnownHosts'],
    ['kentongan/client/identity', '../../clients/sdk/identity.ts', 'identityOf'],
  ])('exports as %s what %s exports', async (name, source, one) => {
    const print = `console.log(JSON.stringify(Object.keys(await import('${name}'))))`;
    const { stdout } = runNode(['--input-type=module', '--eval', print], folder);
    const names = JSON.parse(stdout) as string[];
    expect(names.toSorted()).toEqual(Object.keys((await import(source)) as object).toSorted());
    expect(names).toContain(one);
  });
});

describe('somebody who has installed it', () => {
  test('chats', () => {
    const where = `127.0.0.1:${port}/lobby`;
    const sent = kentongan(['send', '--to', `alice@${where}`, 'halo dari paket']);
    expect(sent.status, sent.output).toBe(0);
    const read = kentongan(['tail', '--json', '--after', '0', '--no-follow', where]);
    expect(read.status, read.output).toBe(0);
    const entries = read.stdout
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { seq: number; type: string; text: string; author: { name: string } },
      );
    expect(entries.at(-1)).toMatchObject({
      type: 'chat',
      text: 'halo dari paket',
      author: { name: 'alice' },
    });
  });

  test('sees the state of the server', () => {
    const { status, stdout, output } = kentongan(['status', '--json']);
    expect(status, output).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ port });
  });

  test('runs the example of the README, whose types fit', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
    if (example === undefined) throw new Error('the README has no example');
    const source = `${example.replace('7660', String(port))}\nconsole.log('stored at', seq);\nawait client.close();\n`;
    writeFileSync(join(folder, 'example.ts'), source);
    const types = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom',
      '--types',
      '',
    ];
    const checked = runTool('tsc', [...types, 'example.ts'], folder);
    expect(checked).toMatchObject({ status: 0, output: '' });
    const { status, output } = runNode(['example.ts'], folder);
    expect(output).toMatch(/^stored at \d+$/m);
    expect(status, output).toBe(0);
  });

  test('runs a server of their own', () => {
    const source = `
      import { createServer } from 'kentongan';
      const server = await createServer({ host: '127.0.0.1', port: 0, data: 'own' });
      console.log(server.port > 0, await server.close());
    `;
    const { status, output } = runNode(['--input-type=module', '--eval', source], folder);
    expect(output).toBe('true true\n');
    expect(status).toBe(0);
  });
});
