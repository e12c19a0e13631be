// What HTTP clients get from the port, over real sockets, with and without TLS.
import { afterEach, describe, expect, test } from 'vitest';
import type { PortOptions } from '../../src/net/port.ts';
import { Bench, until } from './bench.ts';
import { dialTcp, shakeHands, socketTalk } from './dial.ts';
import { farAddress } from '../support/far-address.ts';

let bench: Bench;
afterEach(() => bench.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function open(options: Partial<PortOptions> = {}, host = '127.0.0.1'): Promise<number> {
  bench = await Bench.open(() => true, host, options);
  return bench.listener.address.port;
}

/** Sends a request as it is written here and reads until the server closes. */
async function ask(
  lines: readonly string[],
  options: { tls?: boolean; host?: string } = {},
): Promise<Answer> {
  const { host = '127.0.0.1', tls = false } = options;
  const raw = await dialTcp(bench.listener.address.port, host);
  const client = socketTalk(raw, tls ? await shakeHands(raw) : raw);
  client.send(Buffer.from([...lines, '', ''].join('\r\n')));
  await until(() => client.ended);
  client.destroy();
  return parse(client.received.toString());
}

function parse(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    }),
  );
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}

const elsewhere = farAddress();

function expectSafe({ headers }: Answer): void {
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-\S{44}'; /);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: expect.stringMatching(/close$/),
  });
  expect(headers).not.toHaveProperty('strict-transport-security');
  expect(headers).not.toHaveProperty('set-cookie');
  expect(headers).not.toHaveProperty('access-control-allow-origin');
}

describe.each([
  ['http', false],
  ['https', true],
] as const)('%s', (_scheme, tls) => {
  test('the page says what this is, in two languages, without a script', async () => {
    const port = await open();
    const answer = await ask(['GET / HTTP/1.1', `Host: 127.0.0.1:${port}`], { tls });
    expect(answer.status).toBe(200);
    expectSafe(answer);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.body));
    expect(answer.body).toContain(`kentongan chat kentongan://127.0.0.1:${port}<`);
    const groups = /<code>((?:[0-9a-f]{4} ){15}[0-9a-f]{4})<\/code>/.exec(answer.body);
    expect(groups?.[1]?.replaceAll(' ', '')).toBe(bench.listener.fingerprint);
    expect(answer.body).toContain('<div lang="id">');
    expect(answer.body).not.toMatch(/<script|<img|<link|<form|\son\w+=|javascript:/i);
  });

  test('HEAD gets the head', async () => {
    const port = await open();
    const answer = await ask(['HEAD / HTTP/1.1', `Host: localhost:${port}`], { tls });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('');
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(500);
  });

  test.each([
    ['another path', ['GET /x HTTP/1.1', 'Host: localhost'], 404],
    ['a path that climbs', ['GET /../../etc/passwd HTTP/1.1', 'Host: localhost'], 404],
    ['another method', ['PUT / HTTP/1.1', 'Host: localhost', 'Content-Length: 3', '', 'abc'], 405],
    ['another name', ['GET / HTTP/1.1', 'Host: evil.example'], 421],
    ['no name', ['GET / HTTP/1.1'], 400],
    ['two names', ['GET / HTTP/1.1', 'Host: localhost', 'Host: localhost'], 400],
    ['a name of another kind', ['GET / HTTP/1.1', 'Host: "><script>alert(1)</script>'], 400],
    ['no upgrade', ['GET /kentongan HTTP/1.1', 'Host: localhost'], 426],
    ['another upgrade', ['GET / HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: h2c'], 200],
    [
      'a WebSocket that is none',
      ['GET /kentongan HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'],
      426,
    ],
  ] as const)('%s', async (_what, lines, status) => {
    await open();
    const answer = await ask(lines, { tls });
    expect(answer.status).toBe(status);
    expectSafe(answer);
    expect(answer.body).not.toContain('script>');
    if (status === 405) expect(answer.headers['allow']).toBe('GET, HEAD');
    if (status === 426)
      expect(answer.headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade, close' });
    expect(bench.sessions).toEqual([]);
  });

  test.each([
    ['null', 403],
    ['https://evil.example', 403],
    [`${tls ? 'https' : 'http'}://localhost`, 101],
    [undefined, 101],
  ] as const)('a WebSocket from the page %s', async (origin, status) => {
    await open();
    const raw = await dialTcp(bench.listener.address.port);
    const client = socketTalk(raw, tls ? await shakeHands(raw) : raw);
    const lines = [
      'GET /kentongan HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: kentongan.v1',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
    ];
    client.send(Buffer.from([...lines, '', ''].join('\r\n')));
    await until(() => client.received.includes('\r\n\r\n'));
    const answer = parse(client.received.toString());
    expect(answer.status).toBe(status);
    expect(bench.sessions).toHaveLength(status === 101 ? 1 : 0);
    if (status !== 101) return;
    expect(answer.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(answer.headers['sec-websocket-protocol']).toBe('kentongan.v1');
    expect(answer.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  test.each([
    ['100-continue', 'GET /', 200],
    ['200-maybe', 'GET /', 200],
    ['200-maybe', 'POST /', 405],
    ['100-continue, 200-maybe', 'GET /none', 404],
  ] as const)('Expect: %s at %s changes nothing', async (expected, what, status) => {
    await open();
    const answer = await ask([`${what} HTTP/1.1`, 'Host: localhost', `Expect: ${expected}`], { tls });
    expect(answer.status).toBe(status);
    expectSafe(answer);
    expect(answer.headers['connection']).toBe('close');
  });

  test('is over after one request', async () => {
    await open();
    const answer = await ask(
      [
        'GET / HTTP/1.1',
        'Host: localhost',
        'Connection: keep-alive',
        '',
        'GET /x HTTP/1.1',
        'Host: localhost',
      ],
      { tls },
    );
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('HTTP/1.1');
  });

  test.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', 400],
    ['HTTP/2 without having asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a header that never ends', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', 400],
    ['a NUL', 'GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n', 400],
  ] as const)('%s is refused', async (_what, text, status) => {
    await open();
    const raw = await dialTcp(bench.listener.address.port);
    const client = socketTalk(raw, tls ? await shakeHands(raw) : raw);
    client.send(Buffer.from(text, 'latin1'));
    await until(() => client.ended);
    expect(parse(client.received.toString()).status).toBe(status);
    if (status === 400) expect(bench.strangers).toHaveLength(1);
  });

  test('many headers and __proto__ are nothing special, and hide nothing', async () => {
    await open();
    const many = Array.from({ length: 1_500 }, () => 'a:');
    const answer = await ask(
      ['GET / HTTP/1.1', '__proto__: x', 'constructor: y', ...many, 'Host: localhost'],
      { tls },
    );
    expect(answer.status).toBe(200);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    const more = Array.from({ length: 9_000 }, () => 'a:');
    expect((await ask(['GET / HTTP/1.1', ...more, 'Host: localhost'], { tls })).status).toBe(431);
  });
});

// Only where the system gives us no address at all.
describe.runIf(elsewhere !== undefined)('http from another address', () => {
  const options = { host: elsewhere ?? '' };

  test('a browser gets a page that says where to go', async () => {
    const port = await open({ plain: 'loopback' }, elsewhere);
    const answer = await ask(
      ['GET / HTTP/1.1', `Host: ${elsewhere}:${port}`, 'Accept: text/html,application/xhtml+xml'],
      options,
    );
    expect(answer.status).toBe(426);
    expectSafe(answer);
    expect(answer.headers).toMatchObject({ upgrade: 'TLS/1.2', connection: 'Upgrade, close' });
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toContain(`<a href="https://${elsewhere}:${port}/">`);
    expect(answer.body).toContain('<div lang="id">');
    expect(answer.body.replaceAll(' ', '')).not.toContain(bench.listener.fingerprint);
    expect(answer.body).not.toMatch(/<script|<img|<link|<form/i);
  });

  test('everybody else gets the same in text', async () => {
    const port = await open({ plain: 'loopback' }, elsewhere);
    const answer = await ask(['GET /kentongan HTTP/1.1', `Host: ${elsewhere}:${port}`], options);
    expect(answer.status).toBe(426);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.body).toContain(`kentongan://${elsewhere}:${port},`);
    expect(answer.body.replaceAll(' ', '')).not.toContain(bench.listener.fingerprint);
  });

  test('what was asked for is not repeated, unless it is a name of this server', async () => {
    const port = await open({ plain: 'loopback', names: ['Kelas.local'] }, elsewhere);
    for (const host of ['evil.example', '"><script>alert(1)</script>', "x' onclick='y"]) {
      const answer = await ask(['GET /<script> HTTP/1.1', `Host: ${host}`, 'Accept: text/html'], options);
      expect(answer.status).toBe(426);
      expect(answer.body).toContain(`https://${elsewhere}:${port}/`);
      expect(answer.body).not.toMatch(/evil|script|onclick/);
    }
    const answer = await ask(['GET / HTTP/1.1', `Host: KELAS.local:${port}`, 'Accept: text/html'], options);
    expect(answer.body).toContain(`https://kelas.local:${port}/`);
  });

  test('who is told so is told of, once each, and nobody else', async () => {
    const told: string[] = [];
    const onPlainRefused = (address: string): unknown => told.push(address);
    const port = await open({ plain: 'loopback', onPlainRefused }, elsewhere);
    const page = ['GET / HTTP/1.1', `Host: ${elsewhere}:${port}`];
    await ask(page, { ...options, tls: true });
    expect(told).toEqual([]);
    await ask(page, options);
    await ask(['GET /kentongan HTTP/1.1', `Host: ${elsewhere}:${port}`, 'Expect: x'], options);
    const client = socketTalk(await dialTcp(port, elsewhere));
    client.send(Buffer.of(0));
    await until(() => client.ended);
    client.finish();
    expect(told).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(`^${elsewhere}:`)));
  });

  test('a WebSocket is refused in the same way', async () => {
    const port = await open({ plain: 'loopback' }, elsewhere);
    const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const rest = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: kentongan.v1'];
    const answer = await ask(
      ['GET /kentongan HTTP/1.1', `Host: ${elsewhere}:${port}`, ...lines, ...rest],
      options,
    );
    expect(answer.status).toBe(426);
    expect(answer.headers['upgrade']).toBe('TLS/1.2');
    expect(bench.sessions).toEqual([]);
  });

  test('frames are answered with TLS_REQUIRED and where to go', async () => {
    const port = await open({ plain: 'loopback' }, elsewhere);
    const client = socketTalk(await dialTcp(port, elsewhere));
    client.send(Buffer.of(0));
    await until(() => client.ended);
    const text = client.received.toString('latin1');
    expect(text).toContain(`kentongan://${elsewhere}:${port}`);
    // Code 4006.
    expect(client.received.toString('hex')).toContain('08a61f');
    expect(bench.sessions).toEqual([]);
    client.finish();
  });

  test('TLS is for everybody, and with the policy lan plain is, too', async () => {
    await open({ plain: 'loopback' }, elsewhere);
    const page = ['GET / HTTP/1.1', `Host: ${elsewhere}`];
    expect((await ask(page, { ...options, tls: true })).status).toBe(200);
    bench.close();
    const port = await open({ plain: 'lan' }, elsewhere);
    expect((await ask(page, options)).status).toBe(200);
    const client = socketTalk(await dialTcp(port, elsewhere));
    client.send(Buffer.of(0));
    await until(() => bench.sessions.length === 1);
    expect(bench.sessions[0]?.connection).toMatchObject({ plain: true, source: elsewhere });
    expect(bench.sessions[0]?.connection.bindings.size).toBe(0);
    client.destroy();
  });
});
