// Owns how a command reaches its server: who is trusted, which code is shown; one attempt for the first connection,
// as many as it takes later.
import { join } from 'node:path';
import { FaultCode, type Welcome } from '../../src/protocol/index.ts';
import { ChatClient, ClientError, type ClientOptions, type ClientState, type Dial } from '../sdk/index.ts';
import { KnownHosts } from '../sdk/known-hosts.ts';
import { dialTcp } from '../sdk/tcp.ts';
import { dialTls } from '../sdk/tls.ts';
import { rememberCode, rememberedCode } from './code.ts';
import type { Environment } from './environment.ts';
import { fingerprintRows } from './fingerprint.ts';
import { askHidden } from './hidden-line.ts';
import { safeText } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import { addressText, checkCode, stateKey, type Target, TargetError } from './target.ts';
import { SOFTWARE } from './version.ts';
import type { Who } from './who.ts';

/** Whoever waits at a terminal wants to know soon, and a LAN bears it. */
const RECONNECT = { minMs: 500, maxMs: 15_000 } as const;
const HOSTS_FILE = 'known-hosts';

/** The servers that were met before. What is said of them goes to the person. */
export function knownHosts({
  variables,
  texts,
  remark,
}: Pick<Environment, 'variables' | 'texts' | 'remark'>): KnownHosts {
  const { security } = texts;
  return new KnownHosts(join(stateDirectory(variables), HOSTS_FILE), {
    onFirstUse: (host, port, fingerprint) =>
      remark(security.firstUse(safeText(addressText({ host, port })), fingerprintRows(fingerprint))),
    onDamaged: ({ line }, path) => remark(security.hostsLineDamaged(safeText(path), line)),
  });
}

/** The person was asked for a code and gave none. */
export class NoAnswer extends Error {}

/**
 * The way to one server: `through()` runs what connects, and again when the server wants a code and somebody is
 * there to say it.
 */
export class Door {
  readonly #target: Target;
  readonly #environment: Environment;
  readonly #directory: string;
  readonly #hosts: KnownHosts;
  #code: string | undefined;
  /** Said on the command line or in a link, or by the person: worth remembering if it works. */
  #isSaid: boolean;

  constructor(target: Target, environment: Environment) {
    this.#target = target;
    this.#environment = environment;
    this.#directory = stateDirectory(environment.variables);
    this.#hosts = knownHosts(environment);
    this.#code = target.code;
    this.#isSaid = target.code !== undefined;
  }

  /** Runs an attempt to its end. When it throws that the server wants a code, the person is asked. */
  async through<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.#code === undefined) {
      this.#code = rememberedCode(this.#directory, stateKey(this.#target), await this.#fingerprint());
    }
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isAboutCode(error) || !this.#mayAsk) throw error;
        this.#code = await this.#ask();
        this.#isSaid = true;
      }
    }
  }

  /** A client that is not connected yet. */
  client(who: Who): ChatClient {
    return new ChatClient({
      dial: this.#dial(),
      ...hello(who),
      password: this.#code ?? '',
      software: SOFTWARE,
      locale: this.#environment.texts.locale,
      reconnect: RECONNECT,
    });
  }

  /**
   * Connects. If the first attempt fails the client is closed and the cause is thrown: somebody who mistyped an
   * address should not watch it being tried for ever.
   * @throws ClientError, StateError
   */
  async connect(client: ChatClient): Promise<Welcome> {
    const welcome = await connectOnce(client);
    if (this.#isSaid) await this.#remember();
    return welcome;
  }

  #dial(): Dial {
    const { transport, host, port, fingerprint } = this.#target;
    if (transport === 'plain') return dialTcp(host, port);
    const trust = fingerprint === undefined ? this.#hosts : this.#hosts.expecting(fingerprint);
    return dialTls(host, port, { trust });
  }

  /** What the server's certificate must be; '': none, or any that an authority vouches for. Undefined: not known yet. */
  async #fingerprint(): Promise<string | undefined> {
    const { transport, host, port, fingerprint } = this.#target;
    if (transport === 'plain') return '';
    return fingerprint ?? (await this.#hosts.find(host, port))?.fingerprint;
  }

  /** With the pin of the server: another one of that name shall not get it. */
  async #remember(): Promise<void> {
    const fingerprint = await this.#fingerprint();
    if (this.#code === undefined || fingerprint === undefined) return;
    rememberCode(this.#directory, stateKey(this.#target), { code: this.#code, fingerprint });
  }

  /** Whoever said a code on the command line gets the refusal; whoever is at a terminal can be asked. */
  get #mayAsk(): boolean {
    const { stdin, stderr } = this.#environment;
    return this.#target.code === undefined && stdin.isTTY && stderr.isTTY;
  }

  async #ask(): Promise<string> {
    const { stdin, stderr, texts, complain } = this.#environment;
    const { security } = texts;
    if (this.#isSaid) complain(security.codeRefused);
    for (;;) {
      const address = safeText(addressText(this.#target));
      const code = await askHidden(security.askCode(address), stdin, stderr);
      if (code === undefined) throw new NoAnswer();
      try {
        if (code !== '') return checkCode(code);
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        complain(texts.targets.code(''));
      }
    }
  }
}

function hello(who: Who): Pick<ClientOptions, 'name' | 'secret' | 'identity' | 'beside'> {
  switch (who.is) {
    case 'nobody':
      return { name: '' };
    case 'guest':
      return { name: who.name, secret: who.userFile.secret, beside: who.beside };
    case 'key':
      return { name: who.name, identity: who.identity, beside: true };
  }
}

function isAboutCode(error: unknown): boolean {
  return error instanceof ClientError && error.code === FaultCode.PASSWORD_WRONG;
}

async function connectOnce(client: ChatClient): Promise<Welcome> {
  let failed: ClientError | undefined;
  const onState = (state: ClientState): void => {
    if (state.at !== 'waiting' || failed !== undefined) return;
    failed = state.cause;
    void client.close();
  };
  client.on('state', onState);
  try {
    return await client.connect();
  } catch (error) {
    throw failed ?? error;
  } finally {
    client.off('state', onState);
  }
}
