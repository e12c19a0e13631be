// TLS for Node. Not part of the browser-safe core: import it from here.
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import {
  connect,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { Binding } from '../../src/protocol/index.ts';
import { ClientError, type RefusedCertificate, type TlsProblem } from './errors.ts';
import { serverKey } from './server-key.ts';
import type { Bindings, Dial, Transport, TransportListener } from './transport.ts';
import type { Judgement, Trust } from './trust.ts';

export interface TlsOptions {
  /** Who decides whether the certificate is the server's: `KnownHosts`, or `trustOnly` of one fingerprint. */
  readonly trust: Trust;
  /** How long a connection may take to come about, the TLS handshake included. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Certificates (PEM) of authorities. Default: Node's and, for a host with a name, those of the system. */
  readonly authorities?: readonly string[];
}

const CONNECT_TIMEOUT_MS = 10_000;
const ALPN = 'kentongan/1';
/** RFC 9266. */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';

/**
 * TLS 1.2 or 1.3 to a server, never anything less: there is no way from here to an unprotected connection. Not a byte
 * of the conversation leaves before `trust` has accepted the certificate and the server has agreed to speak
 * `kentongan/1`.
 *
 * `onClose` tells ClientError `untrusted` and `tls`, or what Node says of the connection below, as `dialTcp` does.
 */
export function dialTls(host: string, port: number, options: TlsOptions): Dial {
  return (listener) => new TlsTransport(host, port, options, listener);
}

type State =
  /** Nothing has left yet; `held` waits for the judgement. */
  | { readonly at: 'shaking'; readonly held: Uint8Array[]; ended: boolean }
  | { readonly at: 'open'; readonly bindings: Bindings }
  | { readonly at: 'over' };

/**
 * Owns: one TLS socket, and what may not leave yet.
 * Invariant: nothing is given to the socket before the certificate is accepted.
 */
class TlsTransport implements Transport {
  readonly #host: string;
  readonly #port: number;
  readonly #trust: Trust;
  readonly #listener: TransportListener;
  readonly #socket: TLSSocket;
  readonly #timer: NodeJS.Timeout;
  #state: State = { at: 'shaking', held: [], ended: false };
  #failure: Error | undefined;

  constructor(host: string, port: number, options: TlsOptions, listener: TransportListener) {
    this.#host = host;
    this.#port = port;
    this.#trust = options.trust;
    this.#listener = listener;
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
    this.#socket = connect({
      host,
      port,
      // RFC 6066 §3: a name, without the last dot, and never an address.
      ...(isName(host) ? { servername: host.replace(/\.$/, '') } : {}),
      ALPNProtocols: [ALPN],
      secureContext: contextOf(options.authorities, host),
      // Judged below, before anything is sent.
      rejectUnauthorized: false,
    });
    this.#socket.setNoDelay(true);
    this.#timer = setTimeout(() => this.#fail(this.#timedOut(connectTimeoutMs)), connectTimeoutMs);
    this.#socket.on('secureConnect', () => this.#onSecure());
    this.#socket.on('error', (error) => {
      this.#failure ??= this.#state.at === 'shaking' ? (asTlsError(error) ?? error) : error;
    });
    this.#socket.on('close', () => {
      clearTimeout(this.#timer);
      this.#state = { at: 'over' };
      listener.onClose(this.#failure);
    });
  }

  get bindings(): Bindings {
    return this.#state.at === 'open' ? this.#state.bindings : new Map();
  }

  get bufferedBytes(): number {
    if (this.#state.at !== 'shaking') return this.#socket.writableLength;
    return this.#state.held.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  write(bytes: Uint8Array): void {
    if (this.#state.at === 'shaking') this.#state.held.push(bytes);
    else if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    if (this.#state.at === 'shaking') this.#state.ended = true;
    else this.#socket.end();
  }

  destroy(): void {
    this.#state = { at: 'over' };
    this.#socket.destroy();
  }

  #onSecure(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    const certificate = socket.getPeerX509Certificate();
    if (socket.alpnProtocol !== ALPN || certificate === undefined) {
      this.#fail(tlsError('other-protocol', `the server does not speak ${ALPN}`));
      return;
    }
    const digest = createHash('sha256').update(certificate.raw).digest();
    const presented = digest.toString('hex');
    const { authorized } = socket;
    const bindings = bindingsOf(socket, digest);
    Promise.resolve()
      .then(() => this.#trust.judge(this.#host, this.#port, presented, { chainIsValid: authorized }))
      .then(
        (judgement) => {
          if (judgement.trusted) this.#open(bindings);
          else this.#fail(this.#refused(presented, judgement));
        },
        (cause: unknown) => this.#fail(this.#unjudged(presented, cause)),
      );
  }

  #open(bindings: Bindings): void {
    if (this.#state.at !== 'shaking') return;
    const { held, ended } = this.#state;
    this.#state = { at: 'open', bindings };
    this.#socket.on('data', (chunk: Uint8Array) => this.#listener.onData(chunk));
    for (const bytes of held) this.write(bytes);
    if (ended) this.end();
    this.#listener.onOpen();
  }

  #fail(error: Error): void {
    if (this.#state.at === 'over') return;
    this.#failure = error;
    this.destroy();
  }

  #timedOut(ms: number): Error {
    const address = `${this.#host}:${this.#port}`;
    if (!this.#socket.connecting) return tlsError('timeout', `no TLS with ${address} within ${ms} ms`);
    const error = new Error(`connect ETIMEDOUT ${address}`);
    return Object.assign(error, { code: 'ETIMEDOUT', address: this.#host, port: this.#port });
  }

  #refused(presented: string, { expected, by }: Extract<Judgement, { trusted: false }>): ClientError {
    return this.#untrusted({ presented, expected, by }, `not the expected certificate`);
  }

  #unjudged(presented: string, cause: unknown): ClientError {
    return this.#untrusted(
      { presented, expected: '', by: 'nobody' },
      'no judgement of the certificate',
      cause,
    );
  }

  #untrusted(facts: Omit<RefusedCertificate, 'host' | 'port'>, what: string, cause?: unknown): ClientError {
    const certificate = { host: this.#host, port: this.#port, ...facts };
    return new ClientError('untrusted', `${what}: ${serverKey(this.#host, this.#port)}`, {
      certificate,
      cause,
    });
  }
}

const isName = (host: string): boolean => isIP(host) === 0;

/** The certificate as it was judged, and the exporter where TLS has one that is bound to the whole handshake. */
function bindingsOf(socket: TLSSocket, certificate: Uint8Array): Bindings {
  const bindings = new Map<Binding, Uint8Array>([[Binding.CERTIFICATE, Uint8Array.from(certificate)]]);
  if (socket.getProtocol() !== 'TLSv1.3') return bindings;
  const exported = socket.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0));
  return bindings.set(Binding.EXPORTER, Uint8Array.from(exported));
}

const minVersion = 'TLSv1.2';
let systemContext: SecureContext | undefined;

/** The system's authorities take a while to read: they are read when a host has a name that they can vouch for. */
function contextOf(authorities: readonly string[] | undefined, host: string): SecureContext {
  if (authorities !== undefined) return createSecureContext({ minVersion, ca: [...authorities] });
  if (!isName(host) || serverKey(host, 0) === serverKey('localhost', 0)) {
    return createSecureContext({ minVersion });
  }
  systemContext ??= createSecureContext({
    minVersion,
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
  });
  return systemContext;
}

function tlsError(tlsProblem: TlsProblem, message: string, cause?: unknown): ClientError {
  return new ClientError('tls', message, { tlsProblem, cause });
}

/** What OpenSSL says of a handshake; undefined: the connection below it failed. */
function asTlsError(error: Error): ClientError | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO') return undefined;
  return tlsError(problemOf(code), error.message, error);
}

function problemOf(code: string): TlsProblem {
  if (code.includes('NO_APPLICATION_PROTOCOL')) return 'other-protocol';
  return code.includes('_ALERT_') ? 'refused' : 'not-tls';
}
