import { describe, expect, test } from 'vitest';
import { type Asked, isOurs, normal, type Ruling, rule, type Site } from '../../src/net/http-rules.ts';

const SITE: Site = {
  names: new Set(['kelas.local', 'kelas', '192.0.2.7', normal('2001:DB8::7')]),
  origins: new Set(['https://chat.example', 'http://localhost:5173']),
};

/** A browser's request for a WebSocket, in order unless something is said otherwise. */
function asked(changes: {
  readonly headers?: Readonly<Record<string, readonly string[] | undefined>>;
  readonly method?: string;
  readonly target?: string;
  readonly secure?: boolean;
  readonly localAddress?: string;
}): Asked {
  const { headers, ...rest } = changes;
  return {
    method: 'GET',
    target: '/kentongan',
    secure: true,
    localAddress: '::ffff:192.168.1.5',
    headers: {
      host: ['192.168.1.5:7660'],
      origin: ['https://192.168.1.5:7660'],
      upgrade: ['websocket'],
      connection: ['Upgrade'],
      'sec-websocket-version': ['13'],
      'sec-websocket-key': ['dGhlIHNhbXBsZSBub25jZQ=='],
      'sec-websocket-protocol': ['kentongan.v1'],
      ...headers,
    },
    ...rest,
  };
}

function statusOf(ruling: Ruling): number | string {
  return ruling.is === 'refusal' ? ruling.status : ruling.is;
}

describe('Origin', () => {
  const HOST = '192.168.1.5:7660';
  const rows: ReadonlyArray<
    readonly [origin: string | undefined, expected: 'websocket' | 403, host?: string]
  > = [
    // Its own page, a page that is allowed, no page.
    ['https://192.168.1.5:7660', 'websocket'],
    [undefined, 'websocket'],
    ['https://chat.example', 'websocket'],
    ['http://localhost:5173', 'websocket'],
    ['https://kelas.local:7660', 'websocket', 'kelas.local:7660'],
    ['https://kelas.local:7660', 'websocket', 'KELAS.local:7660'],
    ['https://kelas.local', 'websocket', 'kelas.local'],
    ['https://[2001:db8::7]:7660', 'websocket', '[2001:db8::7]:7660'],
    // Nobody's page: a sandbox, a file, a redirect.
    ['null', 403],
    ['', 403],
    ['file://', 403],
    // Almost the own one.
    ['http://192.168.1.5:7660', 403],
    ['wss://192.168.1.5:7660', 403],
    ['https://192.168.1.5', 403],
    ['https://192.168.1.5:443', 403],
    ['https://192.168.1.5:7661', 403],
    ['https://192.168.1.5:76600', 403],
    ['https://192.168.1.5:7660/', 403],
    ['https://192.168.1.5:7660/kentongan', 403],
    ['https://192.168.1.5:7660.evil.example', 403],
    ['https://192.168.1.5.evil.example:7660', 403],
    ['https://evil-192.168.1.5:7660', 403],
    ['https://evil.example/192.168.1.5:7660', 403],
    ['https://192.168.1.5:7660@evil.example', 403],
    ['https://evil.example@192.168.1.5:7660', 403],
    ['https://192.168.1.5:7660#', 403],
    ['https://192.168.1.5:7660?', 403],
    ['https://192.168.1.5:7660 https://evil.example', 403],
    ['https://192.168.1.5:7660, https://evil.example', 403],
    [' https://192.168.1.5:7660', 403],
    ['HTTPS://192.168.1.5:7660', 403],
    ['//192.168.1.5:7660', 403],
    ['192.168.1.5:7660', 403],
    ['https://3232235781:7660', 403],
    ['https://192.168.1.05:7660', 403],
    ['https://[::ffff:192.168.1.5]:7660', 403],
    // Another name of this server is another page.
    ['https://kelas.local:7660', 403],
    ['https://localhost:7660', 403],
    ['https://127.0.0.1:7660', 403],
    // Almost an allowed one.
    ['http://chat.example', 403],
    ['https://chat.example:443', 403],
    ['https://chat.example:8443', 403],
    ['https://chat.example.', 403],
    ['https://sub.chat.example', 403],
    ['https://evilchat.example', 403],
    ['https://CHAT.example', 403],
    ['http://localhost:5174', 403],
    // Strangers.
    ['https://evil.example', 403],
    ['chrome-extension://abcdefghijklmnop', 403],
    ['javascript:alert(1)', 403],
    ['__proto__', 403],
    ['constructor', 403],
    [`https://${'a'.repeat(5_000)}`, 403],
  ];

  test.each(rows)('%s: %s', (origin, expected, host) => {
    const headers = {
      host: [String(host ?? HOST)],
      origin: origin === undefined ? undefined : [String(origin)],
    };
    expect(statusOf(rule(asked({ headers }), SITE))).toBe(expected);
  });

  test('goes on to the binding as it was sent', () => {
    const ruling = rule(asked({ headers: { origin: ['https://chat.example'] } }), SITE);
    expect(ruling).toEqual({ is: 'websocket', page: { origin: 'https://chat.example', isOwn: false } });
    expect(rule(asked({ headers: { origin: undefined } }), SITE)).toEqual({
      is: 'websocket',
      page: undefined,
    });
  });

  test('may be said once', () => {
    const origin = ['https://192.168.1.5:7660', 'https://192.168.1.5:7660'];
    expect(statusOf(rule(asked({ headers: { origin } }), SITE))).toBe(400);
  });

  test('in plain it is a page in plain', () => {
    const over = (origin: string): Ruling =>
      rule(asked({ secure: false, headers: { origin: [origin] } }), SITE);
    expect(statusOf(over('http://192.168.1.5:7660'))).toBe('websocket');
    expect(statusOf(over('https://192.168.1.5:7660'))).toBe(403);
  });
});

describe('Host', () => {
  const rows: ReadonlyArray<readonly [host: string | undefined, expected: 200 | 400 | 421]> = [
    ['192.168.1.5:7660', 200],
    ['192.168.1.5', 200],
    ['192.168.1.5:8443', 200],
    ['localhost:7660', 200],
    ['LOCALHOST', 200],
    ['kelas.local:7660', 200],
    ['Kelas:7660', 200],
    ['192.0.2.7:7660', 200],
    ['[2001:db8::7]:7660', 200],
    ['[2001:0DB8:0:0::7]', 200],
    // Names and addresses that lead here and are not ours.
    ['evil.example:7660', 421],
    ['rebind.192.168.1.5.nip.io:7660', 421],
    ['192.168.1.6:7660', 421],
    ['127.0.0.1:7660', 421],
    ['[::1]:7660', 421],
    ['[2001:db8::8]:7660', 421],
    ['localhost.evil.example', 421],
    ['evil-kelas.local', 421],
    ['kelas.local.evil.example', 421],
    ['sub.kelas.local', 421],
    ['xn--klas-dpa.local', 421],
    ['__proto__', 400],
    ['constructor', 421],
    // No hosts at all.
    [undefined, 400],
    ['', 400],
    ['kelas.local.', 400],
    ['.kelas.local', 400],
    ['-kelas', 400],
    ['kelas local', 400],
    ['kelas.local:', 400],
    ['kelas.local:0', 400],
    ['kelas.local:65536', 400],
    ['kelas.local:7660:7660', 400],
    ['kelas.local:x', 400],
    ['kelas.local/', 400],
    ['kelas.local#', 400],
    ['kelas.local\\', 400],
    ['a@kelas.local', 400],
    ['https://kelas.local', 400],
    ['2001:db8::7', 400],
    ['[2001:db8::7', 400],
    ['2001:db8::7]', 400],
    ['[2001:db8::7%25eth0]', 400],
    ['[kelas.local]', 400],
    ['[]', 400],
    ['[:::]', 400],
    ['192.168.1', 400],
    ['192.168.1.256', 400],
    ['3232235781', 400],
    ['*', 400],
    ['kêlas.local', 400],
    ['"><script>', 400],
    ['a'.repeat(300), 400],
  ];

  test.each(rows)('%s: %s', (host, expected) => {
    const ruling = rule(
      asked({ target: '/', headers: { host: host === undefined ? undefined : [host] } }),
      SITE,
    );
    expect(statusOf(ruling)).toBe(expected === 200 ? 'page' : expected);
    const origin = [`https://${host?.toLowerCase()}`];
    const websocket = rule(
      asked({ headers: { host: host === undefined ? undefined : [host], origin } }),
      SITE,
    );
    expect(statusOf(websocket)).toBe(expected === 200 ? 'websocket' : expected);
  });

  test('may be said once', () => {
    const host = ['192.168.1.5:7660', '192.168.1.5:7660'];
    expect(statusOf(rule(asked({ headers: { host } }), SITE))).toBe(400);
  });

  test('an address of this machine is ours over the connection that reached it', () => {
    expect(isOurs('127.0.0.1:7660', '127.0.0.1', SITE)).toBe(true);
    expect(isOurs('[::1]:7660', '::1', SITE)).toBe(true);
    expect(isOurs('[::1]:7660', '::ffff:127.0.0.1', SITE)).toBe(false);
  });
});

describe('the request', () => {
  const rows: ReadonlyArray<
    readonly [what: string, changes: Parameters<typeof asked>[0], expected: number | string]
  > = [
    ['as a browser sends it', {}, 'websocket'],
    ['a query', { target: '/kentongan?room=a' }, 'websocket'],
    [
      'another protocol beside it',
      { headers: { 'sec-websocket-protocol': ['mqtt, kentongan.v1'] } },
      'websocket',
    ],
    ['in a second header', { headers: { 'sec-websocket-protocol': ['mqtt', 'kentongan.v1'] } }, 'websocket'],
    ['Upgrade: WebSocket', { headers: { upgrade: ['WebSocket'] } }, 'websocket'],
    ['no protocol', { headers: { 'sec-websocket-protocol': undefined } }, 400],
    ['another protocol', { headers: { 'sec-websocket-protocol': ['kentongan.v2'] } }, 400],
    ['a protocol in capitals', { headers: { 'sec-websocket-protocol': ['KENTONGAN.V1'] } }, 400],
    ['an old version', { headers: { 'sec-websocket-version': ['8'] } }, 426],
    ['two versions', { headers: { 'sec-websocket-version': ['13', '13'] } }, 426],
    ['no version', { headers: { 'sec-websocket-version': undefined } }, 426],
    ['no key', { headers: { 'sec-websocket-key': undefined } }, 400],
    ['a short key', { headers: { 'sec-websocket-key': ['AAAA'] } }, 400],
    ['no upgrade', { headers: { upgrade: undefined } }, 426],
    ['another upgrade', { headers: { upgrade: ['h2c'] } }, 426],
    ['two upgrades', { headers: { upgrade: ['websocket, h2c'] } }, 426],
    ['POST', { method: 'POST' }, 405],
    ['HEAD', { method: 'HEAD' }, 405],
    ['another path', { target: '/kentongan/' }, 404],
    ['another path, in capitals', { target: '/Kentongan' }, 404],
    ['a path in disguise', { target: '/./kentongan' }, 404],
    ['a whole URL', { target: 'https://192.168.1.5:7660/kentongan' }, 404],
    ['*', { method: 'OPTIONS', target: '*' }, 404],
    ['the page', { target: '/' }, 'page'],
    ['the page, its head', { target: '/', method: 'HEAD' }, 'page'],
    ['a WebSocket with a query', { target: '/kentongan?x=1' }, 'websocket'],
    ['the page with a query', { target: '/?x=<script>' }, 'page'],
    ['POST to the page', { target: '/', method: 'POST' }, 405],
    ['DELETE of the page', { target: '/', method: 'DELETE' }, 405],
    ['an icon', { target: '/favicon.ico' }, 404],
  ];

  test.each(rows)('%s', (_what, changes, expected) => {
    expect(statusOf(rule(asked(changes), SITE))).toBe(expected);
  });
});
