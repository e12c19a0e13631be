// Connections without encryption, from this machine and from another one.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Terminals } from './cli-terminals.ts';
import { OtherMachine } from './other-machine.ts';

let machine: OtherMachine;
let terminals: Terminals;
beforeAll(() => {
  machine = new OtherMachine(`kp${process.pid}`);
});
afterAll(() => machine.end());
afterEach(() => terminals.end());

async function serve(...flags: readonly string[]): Promise<void> {
  terminals = new Terminals('');
  await terminals.startServer(...flags);
}

const there = (): string => `${machine.here}:${terminals.port}`;

test('from another machine they are refused, with what to do', async () => {
  await serve();
  const { before } = machine;
  const carol = `kentongan+plain://carol@${there()}`;
  const refused = await terminals.run(['send', '--to', carol, 'halo'], '', 'carol', before);
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toMatch(
    /only talks encrypted here, .*\. Write 198\.51\.100\.1:\d+ without kentongan\+plain:/,
  );
  const encrypted = await terminals.run(['send', '--to', `carol@${there()}`, 'halo'], '', 'carol', before);
  expect(encrypted.exitCode).toBe(0);
  // From this machine they need no permission.
  const local = `kentongan+plain://alice@127.0.0.1:${terminals.port}`;
  expect((await terminals.run(['send', '--to', local, 'from here'], '')).exitCode).toBe(0);
  const { out } = await terminals.run(
    ['tail', '--json', '--after', '0', '--no-follow', terminals.address],
    '',
  );
  expect(out).toMatch(/"name":"carol".*"plain":false.*"text":"halo"/);
  expect(out).toMatch(/"name":"alice".*"plain":false.*"text":"from here"/);
});

test('where the server lets them in, everybody sees them as what they are', async () => {
  await serve('--plain', 'lan');
  const { before } = machine;
  const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`], { state: 'alice' });
  await alice.until(/\nlobby>$/);
  const carol = terminals.open('carol', ['chat', `kentongan+plain://carol@${there()}`], {
    state: 'carol',
    before,
    columns: 120,
  });
  await carol.until(/This connection is not encrypted: everybody on the network can read it[^]*\nlobby>$/);
  await alice.until(/\* carol! came in \(unencrypted\)\nlobby>$/);
  carol.say('can you hear me?');
  await alice.until(/ carol!: can you hear me\?\nlobby>$/);
  alice.say('/who');
  await alice.until(/lobby: 2 people: alice \(you\), carol! \(! unencrypted\)\nlobby>$/);
  alice.say('/msg carol');
  await alice.until(/What you type now goes to carol! alone.*\n@carol!>$/);
  const dina = terminals.open('dina', ['chat', `dina@${there()}`], {
    state: 'dina',
    before,
    language: 'id_ID.UTF-8',
  });
  await dina.until(/carol!: can you hear me\?[^]*\nlobby>$/);
  dina.say('/who');
  await dina.until(/carol! \(! tanpa enkripsi\), dina \(Anda\)/);
  await alice.until(/\* dina came in\n@carol!>$/);
  const { out } = await terminals.run(['tail', '--json', '--no-follow', terminals.address], '');
  expect(out).toMatch(
    /"name":"carol","user":"[0-9a-f]{16}","mark":"guest","plain":true},"text":"can you hear me\?"/,
  );
  expect(out).toMatch(/"name":"dina","user":"[0-9a-f]{16}","mark":"guest","plain":false/);
});

test('a key is not used there, and its name is not to be had', async () => {
  await serve('--plain', 'lan');
  await terminals.run(['identity', 'create', '--name', 'alice'], '', 'alice');
  const plain = ['send', '--to', `kentongan+plain://alice@${there()}`, 'in plain'];
  const tls = ['send', '--to', `alice@${there()}`, 'with TLS'];
  expect((await terminals.run(tls, '', 'alice', machine.before)).exitCode).toBe(0);
  const refused = await terminals.run(plain, '', 'alice', machine.before);
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toMatch(
    /Your key for alice is not used[^]*The name alice belongs to somebody with a key/,
  );
});
