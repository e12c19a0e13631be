// Owns how a command reaches its server: one attempt for the first connection, as many as it takes later.
import type { Welcome } from '../../src/protocol/index.ts';
import { ChatClient, type ClientError, type ClientState } from '../sdk/index.ts';
import { dialTcp } from '../sdk/tcp.ts';
import type { Target } from './target.ts';
import { SOFTWARE } from './version.ts';

/** Whoever waits at a terminal wants to know soon, and a LAN bears it. */
const RECONNECT = { minMs: 500, maxMs: 15_000 } as const;

export interface Who {
  /** Empty: nobody; such a client can only read along. */
  readonly name: string;
  readonly secret: Uint8Array;
  /** Beside other sessions of the same user, instead of in their place. */
  readonly beside: boolean;
}

/** A client for a server that is not connected yet. */
export function clientFor(target: Pick<Target, 'host' | 'port'>, who: Who, locale: string): ChatClient {
  return new ChatClient({
    dial: dialTcp(target.host, target.port),
    ...who,
    software: SOFTWARE,
    locale,
    reconnect: RECONNECT,
  });
}

/**
 * Connects. If the first attempt fails the client is closed and the cause is thrown: somebody who mistyped an
 * address should not watch it being tried for ever.
 * @throws ClientError
 */
export async function connectOnce(client: ChatClient): Promise<Welcome> {
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
