// A network that cuts what a client sends into small pieces.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** How the bytes of a client are cut: the sizes of the pieces, over and over. */
export type Cut = readonly number[];

/** Between a client and a server on loopback: the client's bytes go on in pieces, each in a turn of its own. */
export class Dribbler {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(target: number, cut: Cut): Promise<Dribbler> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const dribbler = new Dribbler(server, address.port);
    server.on('connection', (client) => dribbler.#join(client, target, cut));
    return dribbler;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, target: number, cut: Cut): void {
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    server.pipe(client);
    void dribble(client, server, cut).catch(() => server.destroy());
  }
}

async function dribble(from: Socket, to: Socket, cut: Cut): Promise<void> {
  let piece = 0;
  for await (const chunk of from.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    for (let at = 0; at < bytes.length; ) {
      const size = cut[piece++ % cut.length] ?? 1;
      to.write(bytes.subarray(at, at + size));
      at += size;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }
  to.end();
}
