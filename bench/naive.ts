// What one writes first: a chat server that hands every message to every socket. The benchmark measures it beside
// the others: `node bench/naive.ts [--host 127.0.0.1] --port N`.
import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const PREFIX_BYTES = 4;
const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string' } },
});
const sockets = new Set<Socket>();

/** Says every whole frame to everybody. Returns the beginning of one whose end has not come. */
function sayFrames(data: Buffer): Buffer {
  let at = 0;
  while (data.length - at >= PREFIX_BYTES) {
    const end = at + PREFIX_BYTES + data.readUInt32BE(at);
    if (data.length < end) break;
    const frame = data.subarray(at, end);
    for (const socket of sockets) socket.write(frame);
    at = end;
  }
  return data.subarray(at);
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  sockets.add(socket);
  socket.on('data', (chunk: Buffer) => {
    rest = sayFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
  });
  socket.on('error', () => undefined); // 'close' follows
  socket.on('close', () => sockets.delete(socket));
});
server.listen(Number(values.port), values.host);
