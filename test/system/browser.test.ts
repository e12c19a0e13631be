// A real browser: its WebSocket gets in from our own page and from one that is allowed, and from no other.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/index.ts';
import { decodeFrame, encodeFrame, frameOf, payloadsOf, systemFrame } from '../../src/protocol/index.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

let directory: string;
let server: Server;
let context: BrowserContext;
/** Two pages of others; the first one is allowed. */
const others: HttpServer[] = [];
let pages: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-'));
  for (let count = 0; count < 2; count++) {
    const other = createHttpServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>another page</title>');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    others.push(other);
  }
  pages = others.map((other) => `http://localhost:${(other.address() as AddressInfo).port}`);
  server = await createServer({
    host: '127.0.0.1',
    port: 0,
    data: join(directory, 'data'),
    operatorLog: false,
    origins: pages.slice(0, 1),
  });
  // The policy of our own page forbids it all connections; a page that came with a client would have another one.
  context = await launch('free', true);
});

function launch(profile: string, bypassCSP: boolean): Promise<BrowserContext> {
  return chromium.launchPersistentContext(join(directory, profile), {
    executablePath: CHROMIUM,
    headless: true,
    ignoreHTTPSErrors: true,
    bypassCSP,
    args: [...ARGS, ...QUIET],
  });
}

afterAll(async () => {
  await context.close();
  for (const other of others) other.close();
  await server.close({ drain: 0 });
  rmSync(directory, { recursive: true, force: true });
});

/** The page of the server at this address. */
async function ownPage(scheme: 'http' | 'https', host: string): Promise<Page> {
  return otherPage(`${scheme}://${host}:${server.port}/`);
}

async function otherPage(url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

const HELLO = systemFrame({
  $case: 'hello',
  value: {
    versionMin: 1,
    versionMax: 1,
    capabilities: [],
    name: '',
    beside: false,
    locale: '',
    key: new Uint8Array(0),
    clientNonce: new Uint8Array(0),
    password: '',
    secret: new Uint8Array(32).fill(9),
    software: 'a page',
  },
});

interface Heard {
  readonly protocol: string;
  readonly extensions: string;
  readonly code: number;
  /** Messages, in base64. */
  readonly messages: readonly string[];
}

/** What a page hears that sends these messages and closes when it has had so many. */
function converse(page: Page, url: string, send: readonly Uint8Array[], wanted: number): Promise<Heard> {
  const messages = send.map((message) => Buffer.from(message).toString('base64'));
  // A text, not a function: it runs in the page, where nothing of this file is.
  const script = `new Promise((resolve) => {
    const messages = [];
    const websocket = new WebSocket(${JSON.stringify(url)}, 'kentongan.v1');
    websocket.binaryType = 'arraybuffer';
    websocket.onopen = () => {
      for (const text of ${JSON.stringify(messages)}) {
        websocket.send(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
      }
    };
    websocket.onmessage = ({ data }) => {
      messages.push(btoa(String.fromCharCode(...new Uint8Array(data))));
      if (messages.length === ${wanted}) websocket.close(1000);
    };
    websocket.onclose = ({ code }) => {
      const { protocol, extensions } = websocket;
      resolve({ protocol, extensions, code, messages });
    };
  })`;
  return page.evaluate(script);
}

function kindsOf({ messages }: Heard): (string | undefined)[] {
  return messages
    .flatMap((text) => [...payloadsOf(Buffer.from(text, 'base64'))])
    .map((payload) => decodeFrame(payload).kind)
    .map((kind) => (kind?.$case === 'system' ? kind.value.kind?.$case : kind?.$case));
}

const SECURE = (): string => `wss://127.0.0.1:${server.port}/kentongan`;

describe('a WebSocket of Chromium', () => {
  test.each([
    ['wss', 'https'],
    ['ws', 'http'],
  ] as const)('over %s from our own page talks', async (ws, scheme) => {
    const page = await ownPage(scheme, '127.0.0.1');
    const enter = frameOf(
      { $case: 'join', value: { have: undefined, last: 0, mode: 1 } },
      { ref: 2, room: 'lobby' },
    );
    // Two frames in one message.
    const both = Buffer.concat([encodeFrame(HELLO), encodeFrame(enter)]);
    const heard = await converse(page, `${ws}://127.0.0.1:${server.port}/kentongan`, [both], 1);
    expect(heard).toMatchObject({ protocol: 'kentongan.v1', extensions: '', code: 1000 });
    expect(kindsOf(heard)[0]).toBe('welcome');
    await page.close();
  });

  test('by the name localhost talks', async () => {
    const page = await ownPage('https', 'localhost');
    const heard = await converse(page, `wss://localhost:${server.port}/kentongan`, [encodeFrame(HELLO)], 1);
    expect(kindsOf(heard)).toEqual(['welcome']);
    await page.close();
  });

  test('from a page that is allowed talks, from another one it does not', async () => {
    const [allowed = '', other = ''] = pages;
    const good = await otherPage(allowed);
    expect(kindsOf(await converse(good, SECURE(), [encodeFrame(HELLO)], 1))).toEqual(['welcome']);
    await good.close();
    const bad = await otherPage(other);
    expect(await converse(bad, SECURE(), [encodeFrame(HELLO)], 1)).toMatchObject({
      code: 1006,
      messages: [],
    });
    await bad.close();
  });

  test('from our own page by another name, and from one without an origin, does not', async () => {
    const page = await ownPage('https', 'localhost');
    expect(await converse(page, SECURE(), [encodeFrame(HELLO)], 1)).toMatchObject({
      code: 1006,
      messages: [],
    });
    await page.goto('about:blank');
    expect(await converse(page, SECURE(), [encodeFrame(HELLO)], 1)).toMatchObject({
      code: 1006,
      messages: [],
    });
    await page.close();
  });

  test('is told why it is closed', async () => {
    const page = await ownPage('https', '127.0.0.1');
    const half = encodeFrame(HELLO).subarray(0, 9);
    expect(await converse(page, SECURE(), [half], 1)).toMatchObject({ code: 1002, messages: [] });
    const long = new Uint8Array(65_541);
    expect(await converse(page, SECURE(), [long], 1)).toMatchObject({ code: 1009, messages: [] });
    // A frame without a kind before the Hello is a fault, and the end of the conversation.
    const wrong = await converse(page, SECURE(), [Uint8Array.of(0, 0, 0, 1, 0xff)], 9);
    expect(kindsOf(wrong)).toEqual(['fault']);
    expect(wrong.code).toBe(1000);
    await page.close();
  });
});

test('our own page shows the fingerprint, and can load, run and connect to nothing', async () => {
  const strict = await launch('strict', false);
  const page = await strict.newPage();
  const url = `https://127.0.0.1:${server.port}/`;
  await page.goto(url);
  expect(await page.title()).toBe('Kentongan');
  expect(await page.locator('code').last().innerText()).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
  // Its style has the hash that the policy allows.
  expect(await page.evaluate("getComputedStyle(document.body).maxWidth !== 'none'")).toBe(true);
  const attempt = `new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'document.title = "taken"';
    document.head.append(script);
  })`;
  expect(await page.evaluate(attempt)).toBe('script-src-elem');
  expect(await page.title()).toBe('Kentongan');
  await strict.close();
});
