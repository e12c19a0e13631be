// A port that echoes, in a process of its own whose limits the test chooses. Prints its port, then the codes of errors.
import { Port } from '../../src/net/port.ts';
import { MATERIAL } from './material.ts';

const port = await Port.listen({
  host: '127.0.0.1',
  port: 0,
  tls: MATERIAL,
  limits: { perAddress: 1_000, silent: 1_000 },
  accept: (connection) => ({
    receive: (chunk) => void connection.write([chunk]),
    finish: () => connection.end(),
    lost: () => undefined,
    writable: () => undefined,
  }),
  onError: (error: NodeJS.ErrnoException) => process.stdout.write(`${error.code}\n`),
});
process.stdout.write(`${port.address.port}\n`);
// Ends with the test, however that ends.
process.stdin.resume().on('end', () => process.exit());
