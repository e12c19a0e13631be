// A process that binds names without end, and says each one when it is told that it is durable.
import { nodeDisk } from '../../src/followers/disk.ts';
import { NamesFile } from '../../src/server/names-file.ts';

const [data = '', from = '0'] = process.argv.slice(2);
const names = await NamesFile.open(data, nodeDisk);
process.stdout.write('open\n');
let number = Number(from);

function put(): void {
  const name = `name${number}`;
  const key = new Uint8Array(32).fill(number % 256);
  number++;
  names.put({ name, key, boundAt: number, usedAt: number, source: '192.0.2.1' }, (failure) => {
    process.stdout.write(`${failure ?? name}\n`);
    put();
  });
}

// Several at once, so that writes have more than one change.
for (let count = 0; count < 5; count++) put();
