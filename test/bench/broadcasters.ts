// Small servers that hand on what they are sent, in three protocols, and can be told to get something wrong.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What the first one who connected is sent in place of the n-th message; null: its connection is cut. */
export type Fault = (unit: Buffer, n: number) => readonly Buffer[] | null;

/** How one connection talks. `say` is called with what everybody else shall hear. */
type Talk = (socket: Socket, say: (unit: Buffer) => void) => (data: Buffer) => void;

const PIECE_BYTES = 7;

/** Owns: a port, and its connections. */
export class Broadcaster {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  #said = 0;

  private constructor(talk: Talk, fault: Fault) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on(
        'data',
        talk(socket, (unit) => this.#say(unit, fault)),
      );
    });
  }

  static async start(talk: Talk, fault: Fault = (unit) => [unit]): Promise<Broadcaster> {
    const broadcaster = new Broadcaster(talk, fault);
    await once(broadcaster.#server.listen(0, '127.0.0.1'), 'listening');
    return broadcaster;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** In pieces, so that no unit comes whole. */
  #say(unit: Buffer, fault: Fault): void {
    const n = isProbe(unit) ? -1 : this.#said++;
    for (const [place, socket] of this.#sockets.entries()) {
      const units = place === 0 && n >= 0 ? fault(unit, n) : [unit];
      if (units === null) socket.destroy();
      else for (const one of units) writePieces(socket, one);
    }
  }
}

function writePieces(socket: Socket, unit: Buffer): void {
  for (let at = 0; at < unit.length; at += PIECE_BYTES) socket.write(unit.subarray(at, at + PIECE_BYTES));
}

/** Frames without a message: the generator's question who hears it. */
function isProbe(unit: Buffer): boolean {
  return unit.length === 6;
}

/** Hands on whole frames of ours; no protocol. */
export const frames: Talk = (_, say) => {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      say(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
};

function lines(onLine: (line: string) => void): (data: Buffer) => void {
  let rest = '';
  return (data) => {
    const all = (rest + data.toString('latin1')).split('\r\n');
    rest = all.pop() ?? '';
    for (const line of all) onLine(line);
  };
}

/** IRC with a cookie before the welcome, as InspIRCd asks for it. What somebody says comes back to them, too. */
export const irc: Talk = (socket, say) => {
  const answer = (line: string): void => writePieces(socket, Buffer.from(`${line}\r\n`));
  let nick = '';
  return lines((line) => {
    const [command = '', first = ''] = line.split(' ');
    if (command === 'PING') answer(':here 451 * PING :You have not registered.');
    if (command === 'NICK') nick = first;
    if (command === 'USER') answer('PING :cookie');
    if (line === 'PONG :cookie')
      answer(`:here 001 ${nick} :Welcome\r\n:here 422 ${nick} :No message of the day`);
    if (command === 'JOIN') {
      // Others say that they are in, too; the end of somebody's list of names is nobody else's.
      answer(`:${nick}!bench@here JOIN :${first}\r\n:here 353 ${nick} = ${first} :${nick}`);
      answer(`:here 366 ${nick} ${first} :End of /NAMES list.`);
    }
    if (command === 'PRIVMSG') say(Buffer.from(`:${nick}!bench@here ${line}\r\n`));
  });
};

/** NATS, with one subscription each. */
export const nats: Talk = (socket, say) => {
  const answer = (line: string): void => writePieces(socket, Buffer.from(`${line}\r\n`));
  let head = '';
  answer('INFO {"server_name":"here"}');
  return lines((line) => {
    if (head !== '') {
      say(Buffer.from(`${head}\r\n${line}\r\n`));
      head = '';
    } else if (line === 'PING') {
      answer('PONG');
    } else if (line.startsWith('SUB ')) {
      answer('PING');
    } else if (line.startsWith('PUB ')) {
      const [, subject = '', size = ''] = line.split(' ');
      head = `MSG ${subject} 1 ${size}`;
    }
  });
};
